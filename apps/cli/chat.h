// A conversation at a terminal: lines in, answers out, with the history in between. Ctrl-C stops the answer,
// Ctrl-D or /exit the program.
#pragma once

#include <string>

#include "engine/text_session.h"

namespace nagare::cli {

struct ChatSettings {
  std::string system;        // "": none
  GenerateOptions generate;  // for each answer
  bool raw = false;          // each line is continued as it is, without template and history
};

Status chat(TextModel& model, const ChatSettings& settings);

}  // namespace nagare::cli

// The options that form an answer (grammar, schema) and those that propose tokens ahead (look-up, a draft
// model): of `run` and every other command that generates text.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "engine/text_session.h"

namespace nagare::cli {

struct FormArguments {
  std::string grammar;  // a file or the text itself
  std::string schema;
  bool json_object = false;
  int32_t lookup_tokens = 0;
  std::string draft_path;
  int32_t draft_tokens = 8;
};

void add_form_options(CLI::App& command, FormArguments& arguments);

// Reads grammar or schema into the options; done before a model is loaded, so that mistakes cost no time.
Status apply_form(const FormArguments& arguments, GenerateOptions& options);

}  // namespace nagare::cli

// Scripts that complete the program's command line, written from its description.
#pragma once

#include <string>

#include "command_description.h"

namespace nagare::cli {

// To be read with `source <(nagare completion bash)` or put into bash-completion's folder as NAME.
std::string bash_completion(const ProgramDescription& program);
// A function file _NAME for a folder of $fpath.
std::string zsh_completion(const ProgramDescription& program);
// For ~/.config/fish/completions/NAME.fish.
std::string fish_completion(const ProgramDescription& program);

}  // namespace nagare::cli

// The options that say how the next token is drawn: of `run` and every other command that generates text.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "engine/text_session.h"

namespace nagare::cli {

struct SamplerArguments {
  SamplerOptions options;
  // What needs a model's vocabulary, or a parser, to be understood.
  std::vector<std::string> logit_bias;
  std::vector<std::string> dry_breakers{"\n", ":", "\"", "*"};
  std::string cuts;
};

void add_sampler_options(CLI::App& command, SamplerArguments& arguments);

// What can be said before a model is loaded: an error for options out of range.
Status check(const SamplerArguments& arguments);
Result<SamplerOptions> to_options(const SamplerArguments& arguments, const TextModel& model);

}  // namespace nagare::cli

// The options that every command with a model has.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "engine/text_model.h"

namespace nagare::cli {

struct ModelArguments {
  std::string path;
  int threads = 0;
  int64_t context = 0;
  std::string kv = "auto";
  std::string find = "quick";
  std::vector<std::string> solvers;
  std::vector<std::string> without;
  bool check = false;
  bool quiet = false;
};

void add_model_options(CLI::App& command, ModelArguments& arguments);
Result<TextModelOptions> to_options(const ModelArguments& arguments);

}  // namespace nagare::cli

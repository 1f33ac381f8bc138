// Loading a model for a command, with what a person should know told on stderr, one line each: what it takes
// and whether that fits, what is odd about the perf-db, what fell back to which solver.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/text_model.h"
#include "model_options.h"

namespace nagare::cli {

// 4913248 → "4.9 MB".
std::string human_bytes(int64_t bytes);

// `adjust` (may be empty) changes the options that the arguments ask for.
Result<std::unique_ptr<TextModel>> open_model(const ModelArguments& arguments,
                                              const std::function<void(TextModelOptions&)>& adjust = {});

// A notice on stderr, faint where the terminal can: unless --quiet was given.
void tell(const ModelArguments& arguments, std::string_view line);

}  // namespace nagare::cli

// What a model computes for a run of tokens, as numbers: the logits after each token, or an encoder's
// embedding of each token. What `nagare logits` writes and `nagare perplexity` reads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>

#include "engine/text_model.h"

namespace nagare {

// How an encoder's embeddings of the tokens become one of the text.
enum class Pooling : uint8_t {
  kNone,  // they stay one per token
  kMean,
  kCls,  // that of the first token
};
// An error that lists the names where `name` is none of them.
Result<Pooling> parse_pooling(std::string_view name);

// What loading must provide so that model_outputs() takes `tokens` tokens: an encoder sees them all in one
// step.
TextModelOptions with_room_for_outputs(TextModelOptions options, int64_t tokens);

// Calls `on_row` with the output row of each token in order: [executor.output_width()] float32, valid during
// the call. The tokens are one new sequence. An error of `on_row` ends it.
Status model_outputs(TextModel& model, std::span<const int32_t> tokens,
                     const std::function<Status(std::span<const float> row)>& on_row);

// The rows as a NumPy file: float32 [tokens, width], or [width] where they are pooled. Pooling is refused for
// a model that gives logits.
Status write_model_outputs(TextModel& model, std::span<const int32_t> tokens, Pooling pooling,
                           const std::filesystem::path& path);

}  // namespace nagare

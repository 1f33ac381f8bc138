// How well a model predicts a text: the exponential of the mean negative log-likelihood of its tokens, lower
// is better. Done as llama.cpp's perplexity does it, so that the values can be compared: the text is cut into
// chunks of equal length, each begins with bos where the model wants one, and the tokens of a chunk's second
// half are scored, which all have at least half a chunk before them. For `nagare perplexity`.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "engine/text_model.h"

namespace nagare {

struct Perplexity {
  int64_t chunks = 0;
  int64_t scored_tokens = 0;
  double mean_loss = 0;       // negative log-likelihood per token, natural logarithm
  double value = 0;           // exp(mean_loss)
  double standard_error = 0;  // of `value`; 0 for a single scored token
};

// `text` in chunks of `chunk_tokens` (at most the model's context), at most `max_chunks` of them (0: all).
// What is left at the end is not used. `on_chunk` (may be empty) is told the value of all chunks so far.
// Errors: a text shorter than one chunk, an encoder, chunks of under 4 tokens.
Result<Perplexity> measure_perplexity(
    TextModel& model, std::string_view text, int64_t chunk_tokens, int64_t max_chunks,
    const std::function<void(const Perplexity& so_far, int64_t all_chunks)>& on_chunk);

}  // namespace nagare

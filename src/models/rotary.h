// The frequencies of rotary positions (Su et al., 2021) with the scalings that extend a context.
#pragma once

#include "models/model_reader.h"

namespace nagare {

struct Rotary {
  ValueId inverse_frequencies = kNoValue;
  float magnitude = 1;  // multiplies cosine and sine (YaRN, LongRoPE)
};

// base^(-2i/dims), divided by the factors of the tensor `rope_freqs.weight` where there is one, or of
// `rope_factors_long.weight` or `rope_factors_short.weight` (LongRoPE, Ding et al., 2024: long where a
// sequence may reach `context` positions, more than the model was first trained for); scaled as
// `rope.scaling.type` says: linear (Chen et al., 2023), yarn (Peng et al., 2023) or llama3 (Llama team,
// 2024).
Rotary read_rotary(ModelReader& reader, const Hyperparameters& h, int64_t context);

// base^(-2i/dims), whatever the file says of scaling: for layers that see a window only.
Rotary unscaled_rotary(ModelReader& reader, const Hyperparameters& h, float base);

}  // namespace nagare

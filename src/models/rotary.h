// The frequencies of rotary positions (Su et al., 2021) with the scalings that extend a context.
#pragma once

#include "models/model_reader.h"

namespace nagare {

struct Rotary {
  ValueId inverse_frequencies = kNoValue;
  float magnitude = 1;  // multiplies cosine and sine (YaRN)
};

// base^(-2i/dims), divided by the factors of the tensor `rope_freqs.weight` where there is one (Llama 3),
// scaled as `rope.scaling.type` says: linear (Chen et al., 2023) or yarn (Peng et al., 2023).
Rotary read_rotary(ModelReader& reader, const Hyperparameters& h);

}  // namespace nagare

// Which type each tensor of a model gets when it is quantised: the mixtures that llama.cpp's files of the
// same names have, so that a file called Q4_K_M is what everybody expects of one. Sizes only; no number is
// touched.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/gguf/gguf_file.h"

namespace nagare {

struct QuantiseTarget {
  std::string_view name;        // "Q4_K_M"
  DType dtype = DType::kF16;    // what most matrices get
  bool is_mixture = false;      // some layers' attn_v and ffn_down get more bits
  uint32_t gguf_file_type = 0;  // the number of general.file_type
};

// All targets, smallest files last.
std::span<const QuantiseTarget> quantise_targets();
// By its name in any case; the error lists the names.
Result<QuantiseTarget> parse_quantise_target(std::string_view name);

// The type of each tensor of `file`, in its order. What is not a matrix of weights (norms, biases, expert
// gates, learned positions) keeps its own. Where a row is no multiple of the type's block, a type with a
// smaller one is taken. Errors name a key of the model that has the wrong type.
Result<std::vector<DType>> quantised_types(const GgufFile& file, const QuantiseTarget& target);

}  // namespace nagare

// A range of code points as the byte sequences that encode it: for automata over bytes.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "output/grammar/grammar_tree.h"

namespace nagare {

// Bytes first[i] to last[i] at place i: each combination is the encoding of a code point.
struct Utf8Sequence {
  int32_t length = 0;
  std::array<uint8_t, 4> first{};
  std::array<uint8_t, 4> last{};
};

// The range has no surrogates and ends by U+10FFFF. Together the sequences encode exactly its code points.
void append_utf8_sequences(CodePointRange range, std::vector<Utf8Sequence>& sequences);

}  // namespace nagare

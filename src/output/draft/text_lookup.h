// Prompt look-up (Saxena, 2023): what followed the last time that the text ended as it ends now. Good where
// an answer repeats its prompt: edits, summaries, code, lists.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nagare {

// Ends shorter than this are no sign of a repetition; longer ones than that are no better one.
inline constexpr int32_t kShortestMatch = 2;
inline constexpr int32_t kLongestMatch = 12;

// Sets `proposal` to at most `most` tokens that followed the earlier place whose end matches longest (of
// equal ones the latest). Empty where no end of kShortestMatch tokens came before. Allocates nothing that
// `proposal` has room for.
void look_up(std::span<const int32_t> tokens, int32_t most, std::vector<int32_t>& proposal);

}  // namespace nagare

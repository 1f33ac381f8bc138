// Sets of code points as grammars have them, and how they are written in a grammar's text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "output/grammar/grammar_tree.h"

namespace nagare {

inline constexpr char32_t kLastCodePoint = 0x10FFFF;
inline constexpr char32_t kFirstSurrogate = 0xD800;
inline constexpr char32_t kLastSurrogate = 0xDFFF;

// Sorted, joined, without surrogates; every other code point where `inverted`.
std::vector<CodePointRange> normal_set(std::vector<CodePointRange> ranges, bool inverted);

// "[a-z\u00E9]", "[]" for none.
std::string grammar_set(const std::vector<CodePointRange>& set);
// "\"a\\n\"": `text` must be valid UTF-8.
std::string grammar_literal(std::string_view text);

}  // namespace nagare

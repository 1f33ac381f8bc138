// Regular expressions of JSON Schema (a safe subset of ECMA 262's) as grammar expressions over the inside of
// a JSON string: what is matched is the text, what is written are its escapes.
//
// Known: literals, ., classes, \d \w \s and their opposites, groups, |, * + ? {m,n}, ^ at the beginning and $
// at the end of an alternative. Not known, and said so: look-around, back references, \b, \p, anchors inside.
// There is no backtracking anywhere: the expression becomes part of an automaton.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "output/grammar/grammar_tree.h"

namespace nagare {

Result<std::string> pattern_to_grammar(std::string_view pattern);

// One character of a set inside a JSON string, where some need an escape.
std::string json_character(const std::vector<CodePointRange>& set);

}  // namespace nagare

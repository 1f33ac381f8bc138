// The text form of grammars, GBNF as the llama.cpp world writes it:
//
//   # a comment
//   root  ::= item ("," item)* | "none"
//   item  ::= [a-z_]+ "=" number{1,3} .
//   number ::= [0-9]
//
// Literals and sets know \n \r \t \\ \" \] \[ \- \xHH \uHHHH \UHHHHHHHH (code points); [^…] is every other
// character, `.` every character, [] none. A rule ends where the next `name ::=` begins. Recursion of every
// kind is allowed, left recursion included. The rule `root` is where a text begins.
#pragma once

#include <string_view>

#include "base/result.h"
#include "output/grammar/grammar_tree.h"

namespace nagare {

// What a grammar text may ask for.
inline constexpr size_t kMostGrammarBytes = 1 << 20;
inline constexpr int32_t kMostNesting = 100;           // of parentheses
inline constexpr int32_t kMostStackedRepetitions = 4;  // a*{2}?
inline constexpr int32_t kMostRepetitions = 20000;

Result<GrammarTree> parse_grammar(std::string_view text);

}  // namespace nagare

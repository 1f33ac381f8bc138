// A grammar as it was written: rules whose bodies are trees of expressions. grammar_parser.h makes it from
// text, compile.cc turns it into automata.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nagare {

struct CodePointRange {
  char32_t first = 0;
  char32_t last = 0;  // included
};

inline constexpr int32_t kUnlimited = -1;

// Children are indices into GrammarTree::expressions.
struct Expression {
  enum class Kind : uint8_t { kLiteral, kSet, kRule, kSequence, kChoice, kRepeat };
  Kind kind = Kind::kSequence;  // without children: the empty text
  std::string literal;          // kLiteral: bytes, valid UTF-8
  // kSet: sorted, apart from each other, without surrogates; empty: nothing matches.
  std::vector<CodePointRange> set;
  int32_t rule = 0;               // kRule
  std::vector<int32_t> children;  // kSequence, kChoice; kRepeat has one
  int32_t least = 0;              // kRepeat
  int32_t most = kUnlimited;
};

struct GrammarRule {
  std::string name;
  int32_t body = -1;
};

struct GrammarTree {
  std::vector<Expression> expressions;
  std::vector<GrammarRule> rules;
  int32_t root = 0;  // a rule
};

}  // namespace nagare

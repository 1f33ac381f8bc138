// Patterns against the standard library's regular expressions, an implementation of its own.
#include <gtest/gtest.h>

#include <random>
#include <regex>

#include "matching.h"
#include "output/schema/pattern.h"

namespace nagare {
namespace {

TEST(Pattern, MatchesAsAnotherImplementationDoes) {
  std::mt19937 engine(3);
  for (const char* pattern : {"^a*b$", "ab", "^(a|bc)+$", "a{2,3}", "^[a-c]{2}[^a]$", "^a.c$", "^(?:ab?)*c?$",
                              "^$", "a|^b", "c$|^a", "^\\w\\d?$", "^[\\d-]+$", "^a??b+?$", "^(a(b(c)?)?)?$",
                              "^[^\\W]$", "^\\x61\\u0062$", "^[a\\-c]$", "^(?<n>a)b$", ""}) {
    const auto expression = pattern_to_grammar(pattern);
    ASSERT_TRUE(expression) << pattern << expression.error().message;
    const auto grammar = Grammar::parse("root ::= " + *expression);
    ASSERT_TRUE(grammar) << pattern << grammar.error().message;
    std::string plain = pattern;
    if (const size_t name = plain.find("?<n>"); name != std::string::npos) plain.erase(name, 4);
    const std::regex regex(plain, std::regex::ECMAScript);
    for (int trial = 0; trial < 400; ++trial) {
      std::string text;
      for (size_t length = engine() % 6; length > 0; --length) text += "abc1-"[engine() % 5];
      ASSERT_EQ(test::matches(*grammar, text), std::regex_search(text, regex)) << pattern << " on " << text;
    }
  }
}

TEST(Pattern, WhatJsonCannotWritePlainlyIsEscaped) {
  const auto grammar = [](const char* pattern) {
    return *Grammar::parse("root ::= " + *pattern_to_grammar(pattern));
  };
  EXPECT_TRUE(test::matches(grammar("^\"$"), "\\\""));
  EXPECT_FALSE(test::matches(grammar("^\"$"), "\""));
  EXPECT_TRUE(test::matches(grammar("^\\\\$"), "\\\\"));
  EXPECT_TRUE(test::matches(grammar("^\\n$"), "\\n"));
  EXPECT_TRUE(test::matches(grammar("^\\x01$"), "\\u0001"));
  EXPECT_TRUE(test::matches(grammar("^[^a]$"), "\\\""));
  EXPECT_TRUE(test::matches(grammar("^é.$"), "é漢"));
}

TEST(Pattern, WhatIsNotKnownIsRefused) {
  for (const char* pattern :
       {"(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b", "\\bx", "\\p{L}", "(a", "a)",    "[a",      "a**", "*a",
        "a{,2}", "a{x}",  "a{2",     "[b-a]",   "a^b",  "(a$)b",  "\\", "\\xZZ", "\\ud800", "(?<n"}) {
    const auto expression = pattern_to_grammar(pattern);
    EXPECT_FALSE(expression) << pattern;
  }
  EXPECT_FALSE(pattern_to_grammar(std::string(5000, '(') + "a" + std::string(5000, ')')));
}

}  // namespace
}  // namespace nagare

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>

#include "output/grammar/chart.h"
#include "output/grammar/grammar_parser.h"
#include "plain_matcher.h"

namespace nagare {
namespace {

// Does the whole text match?
bool matches(const Grammar& grammar, std::string_view text) {
  Chart chart(grammar);
  chart.start(grammar.start(grammar.root()));
  for (const char byte : text) {
    if (!chart.advance(static_cast<uint8_t>(byte))) return false;
  }
  return chart.complete();
}

Grammar parse(std::string_view text) {
  auto grammar = Grammar::parse(text);
  if (!grammar) ADD_FAILURE() << grammar.error().message;
  return grammar ? std::move(*grammar) : *Grammar::parse("root ::= \"\"");
}

std::string error_of(std::string_view text) {
  const auto grammar = Grammar::parse(text);
  if (grammar) return "";
  EXPECT_EQ(grammar.error().kind, ErrorKind::kBadInput);
  EXPECT_EQ(grammar.error().message.find('\n'), std::string::npos);
  return grammar.error().message;
}

TEST(Grammar, ReadsEveryForm) {
  const Grammar grammar = parse(R"(# numbers and names
root  ::= item ("," item)*
          | "none"   # or nothing
item ::= [a-z_]+ "=" number{1,3} .?
number ::= [0-9] | "\x2d" | "\u00e9\U0001F600" | [^\x00-\u00ff] )");
  for (const char* text : {"none", "a=1", "b_c=123,d=-", "x=é😀!", "x=漢", "x=12漢"})
    EXPECT_TRUE(matches(grammar, text)) << text;
  for (const char* text : {"", "non", "a=", "A=1", "x=é", "a=1234 ", "none,a=1"}) {
    EXPECT_FALSE(matches(grammar, text)) << text;
  }
}

TEST(Grammar, RepetitionsCount) {
  const Grammar grammar = parse(R"(root ::= "a"{2} "b"{1,} "c"{,2} "d"{0} "e"{2,3})");
  for (const char* text : {"aabee", "aabbbcceee", "aabcee"}) EXPECT_TRUE(matches(grammar, text)) << text;
  for (const char* text : {"abee", "aaee", "aabccceee", "aabdee", "aabe", "aabeeee"}) {
    EXPECT_FALSE(matches(grammar, text)) << text;
  }
}

TEST(Grammar, LeftAndMiddleRecursionWork) {
  const Grammar sums = parse(R"x(root ::= root "+" term | term
term ::= term "*" "1" | "(" root ")" | "1")x");
  for (const char* text : {"1", "1+1*1", "((1+1)*1)+1*1*1"}) EXPECT_TRUE(matches(sums, text)) << text;
  for (const char* text : {"", "1+", "(1", "1)", "+1"}) EXPECT_FALSE(matches(sums, text)) << text;
  const Grammar palindromes = parse(R"(root ::= "a" root "a" | "b" root "b" | "")");
  EXPECT_TRUE(matches(palindromes, "abbaabba"));
  EXPECT_FALSE(matches(palindromes, "abab"));
  const Grammar ambiguous = parse(R"(root ::= root root | root | "a" | "")");
  EXPECT_TRUE(matches(ambiguous, std::string(60, 'a')));
}

TEST(Grammar, ARuleMayEndWhereItBegan) {
  const Grammar grammar = parse(R"(root ::= a a "x"
a ::= b | "y" root
b ::= "" | a b)");
  EXPECT_TRUE(matches(grammar, "x"));
  EXPECT_TRUE(matches(grammar, "yxx"));
  EXPECT_FALSE(matches(grammar, "y"));
}

// Random grammars over two letters, every text up to six letters: the engine says what the definition says,
// every beginning of a match is followed, and the least number of bytes to an end is right.
class RandomGrammar {
 public:
  explicit RandomGrammar(uint32_t seed) : engine_(seed) {}
  std::string text() {
    std::string text;
    for (const char* name : {"root", "p", "q"}) text += std::string(name) + " ::= " + choice(2) + "\n";
    return text;
  }

 private:
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(engine_() % n); }
  std::string choice(int depth) {
    std::string text = sequence(depth);
    for (uint32_t more = below(3); more > 0; --more) text += " | " + sequence(depth);
    return text;
  }
  std::string sequence(int depth) {
    std::string text;
    for (uint32_t more = below(4); more > 0; --more) text += item(depth) + " ";
    return text + "\"\"";
  }
  std::string item(int depth) {
    static constexpr std::array<const char*, 9> kItems{"\"a\"", "\"b\"", "[ab]", "\"ab\"", "root",
                                                       "p",     "q",     "[]",   "[a]"};
    static constexpr std::array<const char*, 7> kRepeats{"*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}"};
    std::string text = depth > 0 && below(4) == 0 ? "(" + choice(depth - 1) + ")" : kItems[below(9)];
    if (below(4) == 0) text += kRepeats[below(7)];
    return text;
  }
  std::mt19937 engine_;
};

std::vector<std::string> all_texts(size_t longest) {
  std::vector<std::string> texts{""};
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].size() == longest) break;
    texts.push_back(texts[i] + "a");
    texts.push_back(texts[i] + "b");
  }
  return texts;
}

TEST(Grammar, RandomGrammarsMatchByTheDefinition) {
  constexpr size_t kLongest = 4;
  const auto texts = all_texts(kLongest);
  size_t matched = 0;
  for (uint32_t seed = 0; seed < 60; ++seed) {
    const std::string source = RandomGrammar(seed).text();
    const auto tree = parse_grammar(source);
    ASSERT_TRUE(tree) << source;
    std::vector<bool> expected;
    for (const std::string& text : texts) expected.push_back(test::PlainMatcher(*tree, text).matches());
    const auto grammar = Grammar::compile(*tree);
    if (!grammar) {
      EXPECT_EQ(std::count(expected.begin(), expected.end(), true), 0) << source;
      continue;
    }
    Chart chart(*grammar);
    chart.set_measuring(true);
    for (size_t i = 0; i < texts.size(); ++i) {
      chart.start(grammar->start(grammar->root()));
      bool alive = true;
      for (const char byte : texts[i]) alive = alive && chart.advance(static_cast<uint8_t>(byte));
      ASSERT_EQ(alive && chart.complete(), expected[i]) << source << "on '" << texts[i] << "'";
      matched += expected[i] ? 1 : 0;
      // The shortest match that begins with this text, among the short ones.
      size_t nearest = SIZE_MAX;
      for (size_t j = 0; j < texts.size(); ++j) {
        if (expected[j] && texts[j].starts_with(texts[i]))
          nearest = std::min(nearest, texts[j].size() - texts[i].size());
      }
      if (nearest != SIZE_MAX) {
        ASSERT_TRUE(alive) << source << "on '" << texts[i] << "'";
        ASSERT_EQ(chart.bytes_to_end(), nearest) << source << "on '" << texts[i] << "'";
      } else if (alive) {
        ASSERT_GT(chart.bytes_to_end() + static_cast<int64_t>(texts[i].size()), kLongest) << source;
      }
    }
  }
  EXPECT_GT(matched, 100);
}

TEST(Grammar, SetsAreExactlyTheirCodePoints) {
  std::mt19937 engine(2);
  for (int trial = 0; trial < 10; ++trial) {
    auto first = static_cast<char32_t>(engine() % 0x11000);
    auto last = static_cast<char32_t>(first + engine() % (trial % 2 == 0 ? 300 : 0xFFFFF));
    if (last > 0x10FFFF) last = 0x10FFFF;
    if (first < 0x20) first = 0x20;
    if (last < first) last = first;
    if ((first >= 0xD800 && first <= 0xDFFF) || (last >= 0xD800 && last <= 0xDFFF)) continue;
    const Grammar grammar = parse(fmt::format("root ::= [\\U{:08x}-\\U{:08x}]", static_cast<uint32_t>(first),
                                              static_cast<uint32_t>(last)));
    for (char32_t c = 0; c <= 0x10FFFF; c += c < 0x900 ? 1 : 389) {
      if (c >= 0xD800 && c <= 0xDFFF) continue;
      std::string text;
      append_utf8(text, c);
      ASSERT_EQ(matches(grammar, text), c >= first && c <= last) << static_cast<uint32_t>(c);
    }
    for (const auto c : std::array<char32_t, 4>{first - 1, first, last, last + 1}) {
      if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) continue;
      std::string text;
      append_utf8(text, c);
      ASSERT_EQ(matches(grammar, text), c >= first && c <= last) << static_cast<uint32_t>(c);
    }
  }
  const Grammar any = parse("root ::= .");
  EXPECT_FALSE(matches(any, "\xED\xA0\x80"));  // a surrogate
  EXPECT_FALSE(matches(any, "\xC0\x80"));      // overlong
  EXPECT_FALSE(matches(any, "\xFF"));
}

TEST(Grammar, MistakesAreNamedWithTheirLine) {
  EXPECT_NE(error_of("root ::= \"a\"\nroot ::= \"b\"").find("line 2: the rule 'root' is defined twice"),
            std::string::npos);
  EXPECT_NE(error_of("root ::= x").find("'x' is used but not defined"), std::string::npos);
  EXPECT_NE(error_of("start ::= \"x\"").find("no rule 'root'"), std::string::npos);
  EXPECT_NE(error_of("root ::= \"a").find("ends inside a literal"), std::string::npos);
  EXPECT_NE(error_of("root ::= [b-a]").find("ends before it begins"), std::string::npos);
  EXPECT_NE(error_of("root ::= (\"a\"").find("not closed"), std::string::npos);
  EXPECT_NE(error_of("root ::= \"a\")").find("expected a rule"), std::string::npos);
  EXPECT_NE(error_of("root ::= \"\\q\"").find("unknown escape"), std::string::npos);
  EXPECT_NE(error_of("root ::= \"\\ud800\"").find("not a Unicode character"), std::string::npos);
  EXPECT_NE(error_of("root ::= \"\\u12\"").find("hexadecimal"), std::string::npos);
  EXPECT_NE(error_of("root ::= \"\xFF\"").find("UTF-8"), std::string::npos);
  EXPECT_NE(error_of("root ::= \"a\"{3,2}").find("from 3 to 2"), std::string::npos);
  EXPECT_NE(error_of("root ::= \"a\"{,}").find("needs a number"), std::string::npos);
  EXPECT_NE(error_of("").find("no rule 'root'"), std::string::npos);
  EXPECT_NE(error_of("root = \"a\"").find("expected a rule"), std::string::npos);
}

// bad-inputs 45 and 47.
TEST(Grammar, HostileGrammarsAreRefusedOrRun) {
  EXPECT_NE(
      error_of("root ::= " + std::string(60000, '(') + "\"x\"" + std::string(60000, ')')).find("nested"),
      std::string::npos);
  EXPECT_NE(error_of("root ::= \"x\"{1,1000000000}").find("more than"), std::string::npos);
  EXPECT_NE(error_of("root ::= ((((\"x\"{10000}){10000}){10000}){10000})").find("nodes"), std::string::npos);
  EXPECT_NE(error_of("root ::= [ab]* \"a\" [ab]{20}").find("states"), std::string::npos);
  EXPECT_NE(error_of("root ::= \"x\"" + std::string(1000, '*')).find("repetitions of repetitions"),
            std::string::npos);
  EXPECT_NE(error_of("root ::= root").find("no text matches"), std::string::npos);
  EXPECT_NE(error_of("root ::= \"a\" root").find("no text matches"), std::string::npos);
  EXPECT_NE(error_of("root ::= []").find("no text matches"), std::string::npos);

  std::string chain = "root ::= r0\n";
  for (int i = 0; i < 5000; ++i) chain += fmt::format("r{} ::= r{}\n", i, i + 1);
  EXPECT_TRUE(matches(parse(chain + "r5000 ::= \"x\""), "x"));

  const Grammar nested = parse("root ::= \"(\" root \")\" | \"x\"");
  EXPECT_TRUE(matches(nested, std::string(60000, '(') + "x" + std::string(60000, ')')));
}

TEST(Grammar, LongTextsTakeLittleMemory) {
  const Grammar list = parse("root ::= item | item \",\" root\nitem ::= \"[\" root? \"]\" | [0-9]+");
  Chart chart(list);
  chart.set_measuring(true);
  chart.start(list.start(list.root()));
  for (int i = 0; i < 20000; ++i) {
    for (const char byte : std::string_view("[1,22],"))
      ASSERT_TRUE(chart.advance(static_cast<uint8_t>(byte)));
    chart.commit();
    ASSERT_LT(chart.items().size(), 10);
    ASSERT_EQ(chart.bytes_to_end(), 1);
  }
  EXPECT_GT(chart.renumberings(), 0);
  EXPECT_FALSE(chart.overflowed());
}

}  // namespace
}  // namespace nagare

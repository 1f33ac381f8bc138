#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "output/grammar/token_constraint.h"
#include "support/toy_vocab.h"

namespace nagare {
namespace {

using test::ToyVocab;

// Bytes, some longer tokens that cross every border, and an end token.
std::shared_ptr<const Vocab> toy() {
  ToyVocab toy = ToyVocab::sentencepiece();
  for (const char* text : {"a",     "ab",  "aba", "b",    "ba",           "(",  ")",   "))", ")),", "\",",
                           "\",\"", "{\"", "\":", "x\"}", "[[",           "]]", "]],", "1,", "12",  "12,",
                           "true",  "t",   "rue", "é",    "\xE2\x96\x81z"}) {
    toy.add(text);
  }
  return toy.build();
}

struct TokenSet {
  std::shared_ptr<const Vocab> vocab;
  std::shared_ptr<const TokenTrie> trie;
};

TokenSet token_set() {
  const auto vocab = toy();
  return {vocab, std::make_shared<const TokenTrie>(*vocab)};
}

TokenConstraint constrain(const TokenSet& s, std::string_view grammar) {
  auto parsed = Grammar::parse(grammar);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return {std::make_shared<const Grammar>(std::move(*parsed)), s.trie, s.vocab};
}

constexpr std::string_view kJson = R"(root ::= value
value ::= object | array | string | number | "true"
object ::= "{" (string ":" value ("," string ":" value)*)? "}"
array ::= "[" (value ("," value)*)? "]"
string ::= "\"" [^"\x00-\x1f]* "\""
number ::= [0-9]+)";
constexpr std::string_view kSums = R"x(root ::= root "," term | term
term ::= "(" root ")" | [ab]+ | term "a")x";

TEST(TokenTrie, HoldsEveryTextTokenOnce) {
  const TokenSet s = token_set();
  std::vector<int> seen(static_cast<size_t>(s.vocab->size()));
  std::string path;
  for (int32_t node = 0; node < s.trie->node_count(); ++node) {
    if (node > 0) {
      path.resize(static_cast<size_t>(s.trie->depth(node)) - 1);
      path += static_cast<char>(s.trie->byte(node));
    }
    for (const int32_t token : s.trie->tokens(node)) {
      EXPECT_EQ(s.vocab->piece(token), path);
      ++seen[static_cast<size_t>(token)];
    }
    EXPECT_GT(s.trie->end(node), node);
  }
  for (int32_t id = 0; id < s.vocab->size(); ++id) {
    const bool is_text = !s.vocab->is_special(id) && !s.vocab->is_end_of_generation(id);
    EXPECT_EQ(seen[static_cast<size_t>(id)], is_text ? 1 : 0) << id;
  }
}

// The mask is what trying every token by itself gives, along random answers.
TEST(TokenConstraint, MasksAreWhatTryingEachTokenGives) {
  const TokenSet s = token_set();
  std::mt19937 engine(5);
  for (const std::string_view grammar :
       {kJson, kSums, std::string_view("root ::= (\"ab\" | \"a\"{2,5}){1,4} [é-ü]? .*")}) {
    for (int answer = 0; answer < 12; ++answer) {
      const auto parsed = Grammar::parse(grammar);
      ASSERT_TRUE(parsed);
      TokenMasks masks(*parsed, *s.trie);
      Chart chart(*parsed);
      chart.start(parsed->start(parsed->root()));
      for (int step = 0; step < 25; ++step) {
        TokenMask expected(s.vocab->size());
        for (int32_t id = 0; id < s.vocab->size(); ++id) {
          if (s.vocab->is_special(id) || s.vocab->piece(id).empty()) continue;
          const size_t columns = chart.column_count();
          const bool alive = std::ranges::all_of(
              s.vocab->piece(id), [&](char byte) { return chart.advance(static_cast<uint8_t>(byte)); });
          if (alive) expected.allow(id);
          while (chart.column_count() > columns) chart.pop();
        }
        const TokenMask& allowed = masks.allowed(chart);
        ASSERT_EQ(allowed, expected) << grammar << " step " << step;
        if (allowed.none()) break;
        std::vector<int32_t> choices;
        allowed.for_each([&](int32_t token) { choices.push_back(token); });
        for (const char byte : s.vocab->piece(choices[engine() % choices.size()]))
          ASSERT_TRUE(chart.advance(static_cast<uint8_t>(byte)));
        chart.commit();
      }
    }
  }
}

TEST(TokenConstraint, EndTokensComeOnlyWhereTheTextMayEnd) {
  const TokenSet s = token_set();
  TokenConstraint constraint = constrain(s, "root ::= \"ab\" \"ab\"?");
  const int32_t end = s.vocab->special().eos;
  EXPECT_FALSE((*constraint.allowed())->allows(end));
  ASSERT_TRUE(constraint.accept(s.vocab->find("ab"), 100));
  EXPECT_TRUE((*constraint.allowed())->allows(end));
  EXPECT_FALSE(constraint.finished());
  ASSERT_TRUE(constraint.accept(s.vocab->find("ab"), 100));
  EXPECT_TRUE(constraint.finished());
  EXPECT_EQ((*constraint.allowed())->count(), static_cast<int64_t>(s.vocab->end_of_generation_ids().size()));
}

TEST(TokenConstraint, CharactersMayBeSplitOverTokens) {
  const TokenSet s = token_set();
  TokenConstraint constraint = constrain(s, "root ::= \"漢\"");
  for (const uint8_t byte : std::array<uint8_t, 3>{0xE6, 0xBC, 0xA2}) {
    EXPECT_EQ((*constraint.allowed())->count(), 1);
    ASSERT_TRUE(constraint.accept(s.vocab->byte_token(byte), 100));
  }
  EXPECT_TRUE(constraint.finished());
}

// Whatever is drawn, the text is complete within the tokens that there are.
TEST(TokenConstraint, TextsAreCompleteWithinTheirTokens) {
  const TokenSet s = token_set();
  std::mt19937 engine(6);
  const auto parsed = Grammar::parse(kJson);
  ASSERT_TRUE(parsed);
  for (int answer = 0; answer < 60; ++answer) {
    TokenConstraint constraint = constrain(s, kJson);
    const int64_t most = 5 + static_cast<int64_t>(engine() % 40);
    std::string text;
    for (int64_t count = 1; !constraint.finished(); ++count) {
      ASSERT_LE(count, most) << text;
      std::vector<int32_t> choices;
      (*constraint.allowed())->for_each([&](int32_t token) { choices.push_back(token); });
      int32_t token = choices[engine() % choices.size()];
      if (s.vocab->is_end_of_generation(token)) break;
      if (!constraint.accept(token, most - count)) {
        token = constraint.forced();
        ASSERT_NE(token, kNoToken);
        ASSERT_TRUE(constraint.accept(token, TokenConstraint::kAnyLength));
      }
      text += s.vocab->piece(token);
      if (count == most) break;
    }
    EXPECT_TRUE(constraint.may_end()) << text;
    Chart chart(*parsed);
    chart.start(parsed->start(parsed->root()));
    for (const char byte : text) ASSERT_TRUE(chart.advance(static_cast<uint8_t>(byte))) << text;
    EXPECT_TRUE(chart.complete()) << text;
  }
}

TEST(TokenConstraint, AVocabularyThatCannotSpellTheTextIsAnError) {
  ToyVocab toy(VocabKind::kUnigram);
  toy.add("<unk>", TokenType::kUnknown);
  toy.add("a");
  toy.data.special.unk = 0;
  const auto vocab = toy.build();
  const TokenSet s{vocab, std::make_shared<const TokenTrie>(*vocab)};
  TokenConstraint constraint = constrain(s, "root ::= \"ab\"");
  ASSERT_TRUE(constraint.accept(vocab->find("a"), 10));
  const auto allowed = constraint.allowed();
  ASSERT_FALSE(allowed);
  EXPECT_EQ(allowed.error().kind, ErrorKind::kBadInput);
}

}  // namespace
}  // namespace nagare

// WordPiece and Unigram on small vocabularies, and the parts that they are made of.
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>

#include "prepare/tokenizer/byte_trie.h"
#include "prepare/tokenizer/charsmap.h"
#include "prepare/tokenizer/tokenizer.h"
#include "support/toy_vocab.h"

namespace nagare {
namespace {

using test::ToyVocab;
using Ids = std::vector<int32_t>;

Ids encode(const ToyVocab& toy, std::string_view text, const EncodeOptions& options = {}) {
  const auto tokenizer = Tokenizer::create(toy.build());
  if (!tokenizer) {
    ADD_FAILURE() << tokenizer.error().message;
    return {};
  }
  const auto ids = (*tokenizer)->encode(text, options);
  if (!ids) ADD_FAILURE() << ids.error().message;
  return ids ? *ids : Ids{};
}

constexpr int32_t kUnk = 0, kCls = 1, kSep = 2;
ToyVocab word_pieces() {
  ToyVocab toy(VocabKind::kWordPiece);
  toy.add("[UNK]", TokenType::kUnknown);
  toy.add("[CLS]", TokenType::kControl);
  toy.add("[SEP]", TokenType::kControl);
  toy.data.special = {.bos = kCls, .unk = kUnk, .sep = kSep};
  return toy;
}

TEST(WordPiece, TakesTheLongestThatFits) {
  ToyVocab toy = word_pieces();
  const std::string mark = "▁";
  const int32_t un = toy.add(mark + "un"), unable = toy.add(mark + "unable"), aff = toy.add("aff");
  const int32_t affable = toy.add("affable"), e = toy.add(mark + "e"), comma = toy.add(mark + ",");
  EXPECT_EQ(encode(toy, "unaffable unable unaff"), Ids({un, affable, unable, un, aff}));
  EXPECT_EQ(encode(toy, "UnAff,É"), Ids({un, aff, comma, e})) << "lower case, accents off, punctuation apart";
  EXPECT_EQ(encode(toy,
                   "un\xCC\x81"
                   "aff"),
            Ids({un, aff}))
      << "a combining accent";
  EXPECT_EQ(encode(toy, "unx aff un"), Ids({kUnk, kUnk, un})) << "a word is all or nothing";
  EXPECT_EQ(encode(toy,
                   "un\xE2\x80\x8D"
                   "aff\x01\xEF\xBF\xBD"),
            Ids({un, aff}))
      << "control characters are dropped";
  EXPECT_EQ(encode(toy, " \t\n\xE3\x80\x80"), Ids());
  EXPECT_EQ(encode(toy, "un", {.add_bos = true, .add_eos = true}), Ids({kCls, un, kSep}));
  EXPECT_EQ(encode(toy, "[CLS]"), Ids({kUnk, kUnk, kUnk})) << "text is no control token";
  EXPECT_EQ(encode(toy, "[CLS]un", {.parse_special = true}), Ids({kCls, un}));
  toy.data.rules.lowercase = toy.data.rules.strip_accents = false;
  EXPECT_EQ(encode(toy, "Un un"), Ids({kUnk, un}));
}

TEST(WordPiece, KnowsBertsOwnSpelling) {
  ToyVocab toy = word_pieces();
  const int32_t walk = toy.add("walk"), ing = toy.add("##ing"), ing_word = toy.add("ing");
  EXPECT_EQ(encode(toy, "walking ing"), Ids({walk, ing, ing_word}));
}

TEST(WordPiece, ChineseCharactersStandAlone) {
  ToyVocab toy = word_pieces();
  const int32_t middle = toy.add("▁中"), compat = toy.add("▁豈");
  EXPECT_EQ(encode(toy, "中中"), Ids({middle, middle}));
  EXPECT_EQ(encode(toy, "\xEF\xA4\x80"), Ids({compat})) << "U+F900 is written as U+8C48";
}

TEST(WordPiece, AWordOfMoreThanAHundredCharactersIsUnknown) {
  ToyVocab toy = word_pieces();
  const int32_t first = toy.add("▁a"), next = toy.add("a");
  Ids hundred{first};
  hundred.resize(100, next);
  EXPECT_EQ(encode(toy, std::string(100, 'a')), hundred);
  EXPECT_EQ(encode(toy, std::string(101, 'a')), Ids({kUnk}));
  EXPECT_EQ(encode(toy, std::string(1000000, 'a')), Ids({kUnk}));
}

ToyVocab unigrams() {
  ToyVocab toy(VocabKind::kUnigram);
  toy.add("<unk>", TokenType::kUnknown);
  toy.data.special = {.unk = 0};
  toy.data.rules.add_space_prefix = true;
  toy.data.rules.remove_extra_whitespaces = true;
  return toy;
}

TEST(Unigram, TakesTheLikeliestWay) {
  ToyVocab toy = unigrams();
  const std::string mark = "▁";
  const int32_t a = toy.add("a", TokenType::kNormal, -3), b = toy.add("b", TokenType::kNormal, -3);
  const int32_t ab = toy.add("ab", TokenType::kNormal, -4), space = toy.add(mark, TokenType::kNormal, -2);
  const int32_t space_a = toy.add(mark + "a", TokenType::kNormal, -9);
  EXPECT_EQ(encode(toy, "ab"), Ids({space, ab})) << "-2-4 beats -9-3 and -2-3-3";
  EXPECT_EQ(encode(toy, "a"), Ids({space, a}));
  EXPECT_EQ(encode(toy, "  a \t b  "), Ids({space, a, space, 0, space, b})) << "runs of spaces are one";
  EXPECT_EQ(encode(toy, "axxxb"), Ids({space, a, 0, b}))
      << "unknown characters in a row are one unknown token";
  EXPECT_EQ(encode(toy, " "), Ids());
  toy.data.rules.remove_extra_whitespaces = false;
  EXPECT_EQ(encode(toy, " a"), Ids({space, space, a}));
  EXPECT_EQ(encode(toy, " "), Ids({space, space}));
  (void)space_a;
}

TEST(Unigram, RefusesWhatItCannotWorkWith) {
  ToyVocab toy = unigrams();
  toy.data.special.unk = kNoToken;
  EXPECT_FALSE(Tokenizer::create(toy.build()));
  toy = unigrams();
  toy.add(std::string(2000, 'x'));
  EXPECT_FALSE(Tokenizer::create(toy.build()));
  toy = unigrams();
  toy.data.charsmap = "abc";
  EXPECT_FALSE(Tokenizer::create(toy.build()));
}

// A charsmap that replaces one byte: root's offset 4, the node of 'x' at 4 ^ 'x', its value behind that.
std::string small_charsmap(std::string_view replacement) {
  std::vector<uint32_t> nodes(256);
  nodes[0] = 4u << 10;
  const uint32_t x = 4 ^ 'x';
  nodes[x] = (1u << 10) | (1u << 8) | 'x';
  nodes[x ^ 1] = 0x80000000;  // the value 0
  const auto trie_bytes = static_cast<uint32_t>(nodes.size() * 4);
  std::string bytes(reinterpret_cast<const char*>(&trie_bytes), 4);
  bytes.append(reinterpret_cast<const char*>(nodes.data()), trie_bytes);
  return bytes.append(replacement).append(1, '\0');
}

TEST(Charsmap, ReplacesWhatItSays) {
  const std::string bytes = small_charsmap("yz");
  const auto map = Charsmap::create(bytes);
  ASSERT_TRUE(map) << map.error().message;
  const auto match = map->match("xa");
  ASSERT_TRUE(match);
  EXPECT_EQ(match->consumed_bytes, 1u);
  EXPECT_EQ(match->replacement, "yz");
  EXPECT_FALSE(map->match("a"));
  EXPECT_FALSE(map->match(""));
  EXPECT_FALSE(Charsmap::create("")->match("x"));
}

TEST(Charsmap, NoBytesMakeItMisbehave) {
  for (const uint32_t claimed : {0u, 3u, 4u, 8u, 0xFFFFFFFFu, 0x80000000u}) {
    std::string bytes(reinterpret_cast<const char*>(&claimed), 4);
    bytes += "12345678";
    const auto map = Charsmap::create(bytes);
    if (map) (void)map->match("abc");
    EXPECT_EQ(map.has_value(), claimed == 4) << claimed;
  }
  constexpr unsigned kSeed = 3;
  std::cout << "seed " << kSeed << "\n";
  std::mt19937 random(kSeed);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = small_charsmap("yz");
    for (int i = 0; i < 40; ++i) bytes[4 + random() % (bytes.size() - 4)] = static_cast<char>(random());
    const auto map = Charsmap::create(bytes);
    ASSERT_TRUE(map);
    for (int c = 0; c < 256; ++c) (void)map->match(std::string(300, static_cast<char>(c)));
  }
}

TEST(ByteTrie, FindsEveryPrefix) {
  constexpr unsigned kSeed = 5;
  std::cout << "seed " << kSeed << "\n";
  std::mt19937 random(kSeed);
  std::vector<std::string> texts;
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (size_t n = 1 + random() % 6; n > 0; --n)
      text += static_cast<char>(random() % 4 ? 'a' + random() % 3 : random());
    texts.push_back(text);
  }
  std::vector<ByteTrie::Entry> entries;
  entries.reserve(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) entries.push_back({texts[i], static_cast<int32_t>(i)});
  const ByteTrie trie(entries);
  const auto last_of = [&](std::string_view text) {
    for (size_t i = texts.size(); i > 0; --i) {
      if (texts[i - 1] == text) return static_cast<int32_t>(i - 1);
    }
    return -1;
  };
  for (const std::string& text : texts) {
    std::vector<int32_t> found, expected;
    trie.each_prefix(text, [&](size_t bytes, int32_t value) {
      ASSERT_EQ(texts[value], text.substr(0, bytes));
      found.push_back(value);
    });
    for (size_t bytes = 1; bytes <= text.size(); ++bytes) {
      if (const int32_t value = last_of(text.substr(0, bytes)); value >= 0) expected.push_back(value);
    }
    ASSERT_EQ(found, expected);
    ASSERT_EQ(trie.find(text), last_of(text));
    ASSERT_EQ(trie.find(text + "!"), last_of(text + "!"));
  }
  EXPECT_TRUE(ByteTrie().empty());
  EXPECT_EQ(ByteTrie().find("a"), -1);
}

TEST(ByteTrie, AMegabyteOfOneLetterIsNoRecursion) {
  const std::string text(1 << 20, 'a');
  const ByteTrie trie({{text, 7}});
  EXPECT_EQ(trie.find(text), 7);
}

}  // namespace
}  // namespace nagare

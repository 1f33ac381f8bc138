// The tokenizers on small vocabularies: what they promise, and what hostile texts must not do to them.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <random>
#include <set>
#include <string>

#include "base/utf8.h"
#include "output/detokenize/detokenizer.h"
#include "prepare/tokenizer/tokenizer.h"
#include "support/toy_vocab.h"

namespace nagare {
namespace {

using test::ToyVocab;
using Ids = std::vector<int32_t>;

struct Coder {
  explicit Coder(std::shared_ptr<const Vocab> v) : vocab(std::move(v)) {
    auto made = Tokenizer::create(vocab);
    if (!made) {
      ADD_FAILURE() << made.error().message;
      return;
    }
    tokenizer = std::move(*made);
  }
  Ids encode(std::string_view text, const EncodeOptions& options = {}) const {
    auto ids = tokenizer->encode(text, options);
    if (!ids) ADD_FAILURE() << ids.error().message;
    return ids ? *ids : Ids{};
  }
  std::string decode(const Ids& ids) const {
    auto text = detokenize(vocab, ids);
    if (!text) ADD_FAILURE() << text.error().message;
    return text ? *text : std::string();
  }
  std::shared_ptr<const Vocab> vocab;
  std::unique_ptr<Tokenizer> tokenizer;
};

// Merges made at random: each joins two tokens that are there.
ToyVocab random_bpe(std::mt19937& random, int merge_count) {
  ToyVocab toy = ToyVocab::byte_level();
  std::set<std::string> there;
  for (const std::string_view text : toy.data.texts) there.emplace(text);
  while (merge_count > 0) {
    const std::string left(toy.data.texts[random() % toy.data.texts.size()]);
    const std::string right(toy.data.texts[random() % toy.data.texts.size()]);
    if (left.size() + right.size() > 24 || !there.insert(left + right).second) continue;
    toy.merge(left, right);
    --merge_count;
  }
  return toy;
}

std::string random_text(std::mt19937& random, size_t characters) {
  static constexpr char32_t kRangeStarts[] = {0x0,   0x20,   0x30,   0x41,   0x61,    0xC0,   0x300,   0x410,
                                              0xE01, 0x3041, 0x4E00, 0xAC00, 0x1F600, 0x200D, 0x10FFF0};
  std::string text;
  for (size_t i = 0; i < characters; ++i) {
    append_utf8(text, kRangeStarts[random() % std::size(kRangeStarts)] + random() % 16);
  }
  return text;
}

// The definition of byte-level BPE, word by word: the leftmost pair of the least rank is merged, again and
// again.
Ids plain_bpe(const Vocab& vocab, std::string_view word) {
  Ids ids;
  for (const char byte : word) ids.push_back(vocab.byte_token(static_cast<uint8_t>(byte)));
  for (;;) {
    size_t best_rank = vocab.merges().size(), best_at = 0;
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      for (size_t rank = 0; rank < best_rank; ++rank) {
        const Merge& merge = vocab.merges()[rank];
        if (merge.left == ids[i] && merge.right == ids[i + 1]) {
          best_rank = rank;
          best_at = i;
        }
      }
    }
    if (best_rank == vocab.merges().size()) return ids;
    ids[best_at] = vocab.merges()[best_rank].merged;
    ids.erase(ids.begin() + static_cast<ptrdiff_t>(best_at) + 1);
  }
}

constexpr unsigned kSeed = 20240607;

TEST(BpeTokenizer, MergesAsTheDefinitionDoes) {
  std::mt19937 random(kSeed);
  std::cout << "seed " << kSeed << "\n";
  for (int round = 0; round < 20; ++round) {
    const Coder coder(random_bpe(random, 300).build());
    for (const size_t length : {1, 2, 3, 7, 30, 47, 48, 49, 50, 63, 200}) {
      std::string word;  // letters only: one word for the pre-tokenizer
      for (size_t i = 0; i < length; ++i) word += static_cast<char>('a' + random() % (1 + random() % 26));
      ASSERT_EQ(coder.encode(word), plain_bpe(*coder.vocab, word)) << word;
    }
  }
}

TEST(BpeTokenizer, TextsComeBack) {
  std::mt19937 random(kSeed);
  std::cout << "seed " << kSeed << "\n";
  for (const std::string_view pre : {"gpt-2", "llama-bpe", "qwen2", "gpt-4o", "deepseek-llm", "deepseek-v3",
                                     "falcon", "bloom", "kimi-k2", "chameleon", "superbpe", "default"}) {
    ToyVocab toy = random_bpe(random, 500);
    toy.data.pre_tokenizer = pre;
    const Coder coder(toy.build());
    for (int round = 0; round < 40; ++round) {
      const std::string text = random_text(random, random() % 200);
      ASSERT_EQ(coder.decode(coder.encode(text)), text) << pre;
    }
  }
}

TEST(SpmTokenizer, TextsComeBack) {
  std::mt19937 random(kSeed);
  std::cout << "seed " << kSeed << "\n";
  for (const bool inner_space : {false, true}) {
    ToyVocab toy = ToyVocab::sentencepiece();
    for (const char* piece : {"▁", "a", "b", "ab", "ba", "▁a", "aa", "aaaa", "あ"}) {
      toy.add(piece, TokenType::kNormal, -static_cast<float>(toy.data.texts.size()));
    }
    if (inner_space) toy.add("a▁", TokenType::kNormal, -1);
    const Coder coder(toy.build());
    for (int round = 0; round < 100; ++round) {
      const std::string text = round % 2 ? random_text(random, random() % 100) : [&] {
        std::string letters;
        for (size_t i = random() % 120; i > 0; --i) letters += "ab "[random() % 3];
        return letters;
      }();
      ASSERT_EQ(coder.decode(coder.encode(text)), text);
    }
  }
}

TEST(SpmTokenizer, TheBestScoreMergesFirst) {
  ToyVocab toy = ToyVocab::sentencepiece();
  toy.data.rules.add_space_prefix = false;
  const int32_t a = toy.add("a"), b = toy.add("b");
  const int32_t ab = toy.add("ab", TokenType::kNormal, -2), ba = toy.add("ba", TokenType::kNormal, -1);
  const Coder coder(toy.build());
  EXPECT_EQ(coder.encode("ab"), Ids({ab}));
  EXPECT_EQ(coder.encode("aba"), Ids({a, ba}));
  EXPECT_EQ(coder.encode("abab"), Ids({a, ba, b}));
  EXPECT_EQ(coder.encode("bb"), Ids({b, b}));
}

TEST(SpmTokenizer, APrefixSpaceBeginsTheTextAndWhatFollowsASpecialToken) {
  ToyVocab toy = ToyVocab::sentencepiece();
  const int32_t space = toy.add("▁"), a = toy.add("a"), space_a = toy.add("▁a");
  const Coder coder(toy.build());
  EXPECT_EQ(coder.encode("a"), Ids({space_a}));
  EXPECT_EQ(coder.encode(" a"), Ids({space, space_a}));
  EXPECT_EQ(coder.encode("a", {.add_bos = true, .add_eos = true}), Ids({1, space_a, 2}));
  EXPECT_EQ(coder.encode("a</s>a", {.parse_special = true}), Ids({space_a, 2, space_a}));
  EXPECT_EQ(coder.encode(""), Ids());
  EXPECT_EQ(coder.encode("", {.add_bos = true}), Ids({1}));
  EXPECT_EQ(coder.encode("aa"), Ids({space_a, a}));
}

// bad-inputs 42
TEST(Tokenizer, TextThatReadsLikeAControlTokenIsText) {
  ToyVocab bpe = ToyVocab::byte_level();
  // Merges that lead to the very token.
  std::string built = "<";
  const std::string end = "<|im_end|>";
  for (size_t i = 1; i < end.size(); ++i) {
    bpe.merge(built, std::string(1, end[i]));
    built += end[i];
  }
  const auto id = static_cast<int32_t>(bpe.data.texts.size()) - 1;
  bpe.data.types[id] = static_cast<int32_t>(TokenType::kControl);
  for (const bool whole_words : {false, true}) {
    bpe.data.rules.ignore_merges = whole_words;
    bpe.data.pre_tokenizer = "superbpe";  // the whole of it is one word
    const Coder coder(bpe.build());
    EXPECT_EQ(std::ranges::count(coder.encode("a<|im_end|>b"), id), 0);
    EXPECT_EQ(coder.encode("a<|im_end|>b", {.parse_special = true}), Ids({'a', id, 'b'}));
  }

  ToyVocab spm = ToyVocab::sentencepiece();
  for (const char* piece :
       {"▁", "<", "s", ">", "/", "</", "</s", "<s", "<unk", "u", "n", "k", "<u", "<un", "x"})
    spm.add(piece);
  const Coder coder(spm.build());
  for (const int32_t special : {0, 1, 2}) {
    EXPECT_EQ(std::ranges::count(coder.encode("</s><s><unk>"), special), 0);
    EXPECT_EQ(std::ranges::count(coder.encode("</s><s><unk>", {.parse_special = true}), special), 1);
  }
  const Ids hex = coder.encode("<0x41>");
  EXPECT_EQ(std::ranges::count(hex, spm.build()->byte_token(0x41)), 0) << "a byte's name is no byte";
  EXPECT_EQ(coder.decode(hex), "<0x41>");
}

// bad-inputs 42, in a conversation: the template's tokens count, the user's text does not, nor what both
// make.
TEST(Tokenizer, WhatPeopleWroteIsTextAmongSpecialTokens) {
  ToyVocab toy = ToyVocab::byte_level();
  const int32_t end = toy.add("<end>", TokenType::kControl), user = toy.add("==", TokenType::kUserDefined);
  const Coder coder(toy.build());
  const auto encode = [&](std::string_view text, std::vector<TextRange> plain) {
    return coder.encode(text, {.parse_special = true, .plain = plain});
  };
  const Ids spelt{'<', 'e', 'n', 'd', '>'};
  EXPECT_EQ(encode("<end><end>", {}), Ids({end, end}));
  EXPECT_EQ(encode("<end>", {{0, 5}}), spelt);
  EXPECT_EQ(encode("<end>", {{4, 5}}), spelt) << "a token is not made half by a template, half by a person";
  EXPECT_EQ(encode("<end>", {{0, 1}}), spelt);
  Ids first_only{end};
  first_only.insert(first_only.end(), spelt.begin(), spelt.end());
  first_only.push_back(end);
  EXPECT_EQ(encode("<end><end><end>", {{5, 10}}), first_only);
  EXPECT_EQ(encode("a==<end>", {{0, 3}}), Ids({'a', user, end})) << "user-defined tokens are for everyone";
}

TEST(BpeTokenizer, CharactersInsteadOfBytes) {
  ToyVocab toy = ToyVocab::sentencepiece();  // its bytes are written <0x0A>
  toy.data.kind = VocabKind::kByteLevelBpe;
  toy.data.rules = {.byte_level = false};
  toy.data.pre_tokenizer = "gemma4";
  const std::string space = "▁";
  const int32_t a = toy.add("a"), blank = toy.add(space), e = toy.add("é");
  const int32_t blank_a = toy.merge(space, "a"), lines = toy.add("\n\n");
  const Coder coder(toy.build());
  EXPECT_EQ(coder.encode("a aé "), Ids({a, blank_a, e, blank}));
  EXPECT_EQ(coder.encode("a\n\na"), Ids({a, lines, a}));
  const Ids bytes = coder.encode("中");
  EXPECT_EQ(bytes.size(), 3u);
  EXPECT_EQ(coder.decode(bytes), "中");
  EXPECT_EQ(coder.decode(coder.encode("a a\n\n ")), "a a\n\n ");
}

TEST(Tokenizer, UserDefinedTokensAreFoundLongestFirst) {
  ToyVocab toy = ToyVocab::byte_level();
  const int32_t two = toy.add("==", TokenType::kUserDefined), four = toy.add("====", TokenType::kUserDefined);
  const int32_t cross = toy.add("=x=", TokenType::kUserDefined);
  const Coder coder(toy.build());
  EXPECT_EQ(coder.encode("======="), Ids({four, two, '='}));
  EXPECT_EQ(coder.encode("a====b"), Ids({'a', four, 'b'}));
  EXPECT_EQ(coder.encode("==x=="), Ids({'=', cross, '='})) << "the longer token wins though it begins later";
}

TEST(Tokenizer, TokensSwallowWhiteSpaceWhereTheModelSaysSo) {
  ToyVocab toy = ToyVocab::byte_level();
  const int32_t end = toy.add("<end>", TokenType::kControl), mask = toy.add("<mask>", TokenType::kControl);
  toy.data.strip_right = {end};
  toy.data.strip_left = {mask};
  const Coder coder(toy.build());
  EXPECT_EQ(coder.encode("a <end> \n b", {.parse_special = true}), Ids({'a', ' ', end, 'b'}));
  EXPECT_EQ(coder.encode("a \t<mask> b", {.parse_special = true}), Ids({'a', mask, ' ', 'b'}));
  EXPECT_EQ(coder.encode("<end> <mask> ", {.parse_special = true}), Ids({end, mask, ' '}));
}

TEST(Tokenizer, WhatCannotBeSaidIsTheUnknownToken) {
  ToyVocab bpe(VocabKind::kByteLevelBpe);
  const int32_t a = bpe.add("a");
  EXPECT_EQ(Coder(bpe.build()).encode("ab"), Ids({a}));
  const int32_t unknown = bpe.add("<unk>", TokenType::kUnknown);
  bpe.data.special.unk = unknown;
  EXPECT_EQ(Coder(bpe.build()).encode("abb"), Ids({a, unknown, unknown}));

  ToyVocab spm(VocabKind::kSentencePieceBpe);
  spm.add("a");
  const auto refused = Coder(spm.build()).tokenizer->encode("ab");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "tokenizer: the model has no token for 'b', and none for what is unknown");
  spm.data.special.unk = spm.add("<unk>", TokenType::kUnknown);
  EXPECT_EQ(Coder(spm.build()).encode("ab"), Ids({0, 1}));
}

TEST(Tokenizer, AddsOnlyWhatThereIs) {
  const Coder coder(ToyVocab::byte_level().build());
  for (const EncodeOptions& options : {EncodeOptions{.add_bos = true}, EncodeOptions{.add_eos = true}}) {
    const auto refused = coder.tokenizer->encode("a", options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kBadInput);
  }
}

TEST(Tokenizer, RefusesSpecialTokensOfAbsurdLength) {
  ToyVocab toy = ToyVocab::byte_level();
  toy.add(std::string(5000, 'x'), TokenType::kUserDefined);
  const auto refused = Tokenizer::create(toy.build());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("special token 256 is 5,000 bytes long"), std::string::npos);
}

// bad-inputs 44
TEST(Tokenizer, InvalidUtf8IsReplacedOrKeptAsDocumented) {
  const Coder bpe(ToyVocab::byte_level().build());
  const std::string nul("a\0b", 3);
  for (const auto& [text, expected] : {
           std::pair<std::string, std::string>{"a\xFF", "a\uFFFD"},
           {"\xC0\x80", "\uFFFD\uFFFD"},                      // overlong NUL
           {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},            // lone surrogate
           {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},  // past U+10FFFF
           {"\xE3\x81", "\uFFFD\uFFFD"},                      // cut off
           {nul, nul},                                        // NUL is a character
       }) {
    EXPECT_EQ(bpe.decode(bpe.encode(text)), expected);
  }
  ToyVocab toy = ToyVocab::sentencepiece();
  toy.data.rules.add_space_prefix = false;
  const Coder spm(toy.build());
  const std::string bytes =
      "a\xFF\xC0\x80\xED\xA0\x80"
      "b";
  Ids expected;
  for (const char byte : bytes) expected.push_back(spm.vocab->byte_token(static_cast<uint8_t>(byte)));
  EXPECT_EQ(spm.encode(bytes), expected);
}

// bad-inputs 43: four times the text may take no more than about four times the time.
TEST(Tokenizer, LongRunsTakeLinearTime) {
  ToyVocab bpe = ToyVocab::byte_level();
  ToyVocab spm = ToyVocab::sentencepiece();
  spm.add("▁");
  spm.add("a");
  spm.add(".");
  std::string left = "a", dots = ".", spaces = "\xC4\xA0", escaped = "▁";
  for (int i = 0; i < 6; ++i) {
    bpe.merge(left, left);
    bpe.merge(dots, dots);
    bpe.merge(spaces, spaces);
    left += left;
    dots += dots;
    spaces += spaces;
    escaped += escaped;
    spm.add(left, TokenType::kNormal, static_cast<float>(i));
    spm.add(dots, TokenType::kNormal, static_cast<float>(-i));
    spm.add(escaped, TokenType::kNormal, 1);
  }
  bpe.add("  ", TokenType::kUserDefined);
  std::vector<Coder> coders;
  for (const std::string_view pre :
       {"gpt-2", "llama-bpe", "qwen2", "gpt-4o", "deepseek-llm", "deepseek-v3", "jais-2", "bloom", "kimi-k2",
        "exaone-moe", "chameleon", "superbpe", "default"}) {
    bpe.data.pre_tokenizer = pre;
    coders.emplace_back(bpe.build());
  }
  coders.emplace_back(spm.build());
  const auto seconds = [](const Coder& coder, const std::string& text) {
    double best = 1e9;
    for (int repeat = 0; repeat < 3; ++repeat) {
      const std::clock_t begin = std::clock();  // processor time: other programs do not count
      coder.encode(text);
      best = std::min(best, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
    }
    return best;
  };
  for (const std::string_view unit :
       {"a", " ", ".", "\xCC\x81", "\xE2\x80\x8D", "\n ", "1", "'", "A", "\xF0\x9F\x98\x80\xE2\x80\x8D"}) {
    std::string text;
    while (text.size() < 40000) text += unit;
    std::string four_times = text;
    for (int i = 0; i < 3; ++i) four_times += text;
    for (const Coder& coder : coders) {
      const double once = seconds(coder, text), four = seconds(coder, four_times);
      EXPECT_LT(four, 12 * once + 0.05) << coder.vocab->pre_tokenizer() << " on '" << unit << "'";
    }
  }
}

}  // namespace
}  // namespace nagare

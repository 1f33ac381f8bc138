#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/utf8.h"
#include "output/detokenize/detokenizer.h"
#include "support/toy_vocab.h"

namespace nagare {
namespace {

using test::ToyVocab;

TEST(Detokenizer, NeverGivesHalfACharacter) {
  const auto vocab = ToyVocab::byte_level().build();
  const std::string text = "aé\xE3\x81\x82\xF0\x9F\xA6\x99z";
  Detokenizer detokenizer(vocab);
  std::string all;
  for (const char byte : text) {
    const auto part = detokenizer.push(vocab->byte_token(static_cast<uint8_t>(byte)));
    ASSERT_TRUE(part);
    EXPECT_EQ(valid_utf8_prefix_bytes(*part), part->size());
    all += *part;
    EXPECT_TRUE(text.starts_with(all));
  }
  EXPECT_EQ(all, text);
  EXPECT_EQ(detokenizer.finish(), "");
}

TEST(Detokenizer, WhatCannotBecomeACharacterIsReplaced) {
  const auto vocab = ToyVocab::byte_level().build();
  Detokenizer detokenizer(vocab);
  EXPECT_EQ(*detokenizer.push(0xE3), "");
  EXPECT_EQ(*detokenizer.push('a'),
            "\xEF\xBF\xBD"
            "a");
  EXPECT_EQ(*detokenizer.push(0x80), "\xEF\xBF\xBD");
  EXPECT_EQ(*detokenizer.push(0xF0), "");
  EXPECT_EQ(*detokenizer.push(0x9F), "");
  EXPECT_EQ(detokenizer.finish(), "\xEF\xBF\xBD");
  EXPECT_EQ(*detokenizer.push('b'), "b") << "as new";
}

TEST(Detokenizer, AnyBytesGiveValidTextAndTheSameAsAllAtOnce) {
  const auto vocab = ToyVocab::byte_level().build();
  constexpr unsigned kSeed = 7;
  std::mt19937 random(kSeed);
  std::cout << "seed " << kSeed << "\n";
  for (int round = 0; round < 500; ++round) {
    std::vector<int32_t> ids(random() % 40);
    for (int32_t& id : ids) id = static_cast<int32_t>(random() % 2 ? random() % 256 : 0x80 + random() % 0x80);
    Detokenizer detokenizer(vocab);
    std::string all;
    for (const int32_t id : ids) {
      const auto part = detokenizer.push(id);
      ASSERT_TRUE(part);
      ASSERT_EQ(valid_utf8_prefix_bytes(*part), part->size());
      all += *part;
    }
    all += detokenizer.finish();
    EXPECT_EQ(all, *detokenize(vocab, ids));
  }
}

TEST(Detokenizer, TheSpaceBeforeATextComesOff) {
  ToyVocab toy = ToyVocab::sentencepiece();
  const int32_t walk = toy.add("▁walk"), space = toy.add("▁");
  const auto vocab = toy.build();
  const std::vector<int32_t> ids{1, walk, walk, 2};
  EXPECT_EQ(*detokenize(vocab, ids), "walk walk");
  EXPECT_EQ(*detokenize(vocab, ids, {.at_text_start = false}), " walk walk");
  EXPECT_EQ(*detokenize(vocab, ids, {.show_special = true}), "<s>walk walk</s>");
  EXPECT_EQ(*detokenize(vocab, std::vector<int32_t>{space, walk}), " walk");
  EXPECT_EQ(*detokenize(vocab, std::vector<int32_t>{}), "");
}

TEST(Detokenizer, WordPiecesJoin) {
  for (const bool hashes : {false, true}) {
    ToyVocab toy(VocabKind::kWordPiece);
    const int32_t walk = toy.add(hashes ? "walk" : "▁walk");
    const int32_t ing = toy.add(hashes ? "##ing" : "ing");
    EXPECT_EQ(*detokenize(toy.build(), std::vector<int32_t>{walk, ing, walk}), "walking walk");
  }
}

TEST(Detokenizer, RefusesIdsThatAreNone) {
  const auto vocab = ToyVocab::byte_level().build();
  Detokenizer detokenizer(vocab);
  for (const int32_t id : {-1, 256, INT32_MAX, INT32_MIN}) {
    const auto part = detokenizer.push(id);
    ASSERT_FALSE(part);
    EXPECT_EQ(part.error().kind, ErrorKind::kBadInput);
  }
}

}  // namespace
}  // namespace nagare

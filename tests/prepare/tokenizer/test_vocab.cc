// What a vocabulary says, and the hostile ones that it refuses to be.
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "prepare/tokenizer/known_tokens.h"
#include "prepare/tokenizer/vocab.h"
#include "support/toy_vocab.h"

namespace nagare {
namespace {

using test::ToyVocab;

std::string refusal(const ToyVocab& toy) {
  const auto vocab = toy.try_build();
  if (vocab) return "(accepted)";
  EXPECT_EQ(vocab.error().kind, ErrorKind::kBadInput);
  return vocab.error().message;
}

TEST(Vocab, SaysWhatItsTokensAre) {
  ToyVocab toy = ToyVocab::sentencepiece();
  const int32_t walk = toy.add("▁walk", TokenType::kNormal, -3.5f);
  const int32_t user = toy.add("▁▁", TokenType::kUserDefined);
  const int32_t unused = toy.add("<unused1>", TokenType::kUnused);
  toy.data.end_of_generation = {walk, walk};
  const auto vocab = toy.build();
  ASSERT_TRUE(vocab);
  EXPECT_EQ(vocab->size(), 262);
  EXPECT_EQ(vocab->text(walk), "▁walk");
  EXPECT_EQ(vocab->piece(walk), " walk");
  EXPECT_EQ(vocab->score(walk), -3.5f);
  EXPECT_EQ(vocab->piece(user), "▁▁") << "user-defined tokens are what they read";
  EXPECT_EQ(vocab->piece(unused), "");
  EXPECT_EQ(vocab->piece(1), "<s>");
  EXPECT_EQ(vocab->piece(vocab->byte_token(0x0A)), "\n");
  EXPECT_EQ(vocab->find("▁walk"), walk);
  EXPECT_EQ(vocab->find("walk"), kNoToken);
  EXPECT_FALSE(vocab->contains(262));
  EXPECT_FALSE(vocab->contains(-1));
  EXPECT_TRUE(vocab->is_special(0));
  EXPECT_FALSE(vocab->is_special(user));
  EXPECT_EQ(
      std::vector<int32_t>(vocab->end_of_generation_ids().begin(), vocab->end_of_generation_ids().end()),
      (std::vector<int32_t>{2, walk}));
  EXPECT_TRUE(vocab->is_end_of_generation(2));
  EXPECT_FALSE(vocab->is_end_of_generation(1));
}

TEST(Vocab, EveryByteOfTheByteLevelAlphabetComesBack) {
  const auto vocab = ToyVocab::byte_level().build();
  ASSERT_TRUE(vocab);
  for (int byte = 0; byte < 256; ++byte) {
    const int32_t id = vocab->byte_token(static_cast<uint8_t>(byte));
    ASSERT_EQ(id, byte);
    ASSERT_EQ(vocab->piece(id), std::string(1, static_cast<char>(byte)));
  }
  EXPECT_EQ(vocab->text(' '), "\xC4\xA0");
}

TEST(Vocab, ManyTokensAreAllFound) {
  ToyVocab toy(VocabKind::kByteLevelBpe);
  for (int i = 0; i < 20000; ++i) toy.add("token" + std::to_string(i * 7));
  const auto vocab = toy.build();
  ASSERT_TRUE(vocab);
  for (int i = 0; i < 20000; ++i) {
    ASSERT_EQ(vocab->find("token" + std::to_string(i * 7)), i);
    if (i % 7 != 0) {
      ASSERT_EQ(vocab->find("token" + std::to_string(i)), kNoToken);
    }
  }
}

TEST(Vocab, RefusesArraysOfDifferentLength) {
  ToyVocab toy = ToyVocab::byte_level();
  toy.data.scores.pop_back();
  EXPECT_EQ(refusal(toy), "vocabulary: 256 tokens but 255 scores; is the file damaged?");
  toy = ToyVocab::byte_level();
  toy.data.types.push_back(1);
  EXPECT_EQ(refusal(toy), "vocabulary: 256 tokens but 257 token types; is the file damaged?");
  toy = ToyVocab(VocabKind::kByteLevelBpe);
  EXPECT_EQ(refusal(toy), "vocabulary: it has no tokens");
}

TEST(Vocab, RefusesBytesThatAreNone) {
  for (const std::string_view text :
       {"<0x-1>", "<0xZZ>", "<0x>", "<0x0>", "<0x000>", "0x00", "<0X00>", "<0x0 >"}) {
    ToyVocab toy(VocabKind::kSentencePieceBpe);
    toy.add(std::string(text), TokenType::kByte);
    EXPECT_EQ(refusal(toy),
              fmt::format("vocabulary: token 0 is marked as a byte but reads '{}', not like <0x0A>", text));
  }
}

TEST(Vocab, RefusesMergesThatLeadNowhere) {
  for (const auto& [merge, part] :
       {std::pair{"a nowhere", "nowhere"}, {"nowhere a", "nowhere"}, {"b a", "ba"}}) {
    ToyVocab toy = ToyVocab::byte_level();
    toy.merge("a", "b");
    toy.data.merges.emplace_back(merge);
    EXPECT_EQ(refusal(toy), fmt::format("vocabulary: merge 1 '{}' needs the token '{}', which does not exist",
                                        merge, part));
  }
  for (const std::string_view merge : {"", "ab", " ab"}) {
    ToyVocab toy = ToyVocab::byte_level();
    toy.data.merges.push_back(merge);
    EXPECT_EQ(refusal(toy),
              fmt::format("vocabulary: merge 0 '{}' is not two tokens with a space between them", merge));
  }
}

TEST(Vocab, RefusesSpecialIdsPastTheEnd) {
  for (const auto& [name, member] : special_token_names()) {
    for (const int32_t id : {256, -2, std::numeric_limits<int32_t>::max()}) {
      ToyVocab toy = ToyVocab::byte_level();
      toy.data.special.*member = id;
      EXPECT_EQ(refusal(toy),
                fmt::format("vocabulary: the {} token is {}, but there are only 256 tokens", name, id));
    }
  }
  ToyVocab toy = ToyVocab::byte_level();
  toy.data.end_of_generation = {256};
  EXPECT_NE(refusal(toy).find("an end token is 256"), std::string::npos);
  toy = ToyVocab::byte_level();
  toy.data.strip_right = {-5};
  EXPECT_NE(refusal(toy).find("a rule names token -5"), std::string::npos);
}

TEST(Vocab, RefusesTheSameTokenTwiceAndScoresThatAreNoNumbers) {
  ToyVocab toy = ToyVocab::byte_level();
  toy.add("a");
  EXPECT_EQ(refusal(toy), "vocabulary: tokens 97 and 256 are both 'a'; is the file damaged?");
  toy = ToyVocab::byte_level();
  toy.data.scores[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(refusal(toy), "vocabulary: the score of token 7 is not a number; is the file damaged?");
}

TEST(Vocab, EmptyTextsAreToldApart) {
  ToyVocab toy = ToyVocab::byte_level();
  const int32_t first = toy.add(""), second = toy.add("");
  const auto vocab = toy.build();
  ASSERT_TRUE(vocab);
  EXPECT_NE(vocab->text(first), vocab->text(second));
}

TEST(KnownTokens, EndsOfTurnsAreControlTokensWhateverTheFileSays) {
  ToyVocab toy = ToyVocab::byte_level();
  const int32_t end = toy.add("<|im_end|>", TokenType::kUserDefined);
  const int32_t text_end = toy.add("<|endoftext|>", TokenType::kControl);
  const int32_t html = toy.add("</s>", TokenType::kNormal);
  complete_from_known_texts(toy.data);
  const auto vocab = toy.build();
  ASSERT_TRUE(vocab);
  EXPECT_EQ(vocab->special().eot, end);
  EXPECT_EQ(vocab->type(end), TokenType::kControl);
  EXPECT_TRUE(vocab->is_end_of_generation(end));
  EXPECT_TRUE(vocab->is_end_of_generation(text_end));
  EXPECT_EQ(vocab->type(html), TokenType::kNormal);
  EXPECT_FALSE(vocab->is_end_of_generation(html));
  EXPECT_EQ(toy.data.warnings.size(), 1u);
}

TEST(KnownTokens, WhatTheFileNamesEndsAnAnswerToo) {
  ToyVocab toy = ToyVocab::byte_level();
  const int32_t separator = toy.add("<|file_sep|>", TokenType::kControl);
  const int32_t named = toy.add("<|fim_pad|>", TokenType::kControl),
                other = toy.add("<PAD>", TokenType::kControl);
  toy.data.special.fim_separator = separator;
  toy.data.special.fim_pad = named;
  complete_from_known_texts(toy.data);
  const auto vocab = toy.build();
  ASSERT_TRUE(vocab);
  EXPECT_TRUE(vocab->is_end_of_generation(separator));
  EXPECT_TRUE(vocab->is_end_of_generation(named));
  EXPECT_FALSE(vocab->is_end_of_generation(other)) << "not the one in the role";
}

TEST(KnownTokens, EndIsNoEndWhereThereAreCalls) {
  ToyVocab toy = ToyVocab::byte_level();
  const int32_t end = toy.add("<|end|>", TokenType::kControl);
  const int32_t call = toy.add("<|call|>", TokenType::kControl);
  const int32_t back = toy.add("<|return|>", TokenType::kControl);
  complete_from_known_texts(toy.data);
  const auto vocab = toy.build();
  ASSERT_TRUE(vocab);
  EXPECT_FALSE(vocab->is_end_of_generation(end));
  EXPECT_TRUE(vocab->is_end_of_generation(call));
  EXPECT_TRUE(vocab->is_end_of_generation(back));
}

}  // namespace
}  // namespace nagare

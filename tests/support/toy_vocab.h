// Small vocabularies for tests, built from plain data.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "prepare/tokenizer/byte_alphabet.h"
#include "prepare/tokenizer/vocab.h"

namespace nagare::test {

// VocabData together with the texts that it points to.
class ToyVocab {
 public:
  explicit ToyVocab(VocabKind kind) { data.kind = kind; }

  // All 256 bytes as byte-level BPE writes them.
  static ToyVocab byte_level() {
    ToyVocab toy(VocabKind::kByteLevelBpe);
    for (int byte = 0; byte < 256; ++byte) {
      std::string letter;
      append_in_byte_alphabet(letter, std::string(1, static_cast<char>(byte)));
      toy.add(letter);
    }
    toy.data.pre_tokenizer = "gpt-2";
    return toy;
  }

  // <unk> <s> </s> and all bytes, as SentencePiece writes them.
  static ToyVocab sentencepiece() {
    ToyVocab toy(VocabKind::kSentencePieceBpe);
    toy.add("<unk>", TokenType::kUnknown);
    toy.add("<s>", TokenType::kControl);
    toy.add("</s>", TokenType::kControl);
    for (int byte = 0; byte < 256; ++byte) {
      const auto name = byte_token_text(static_cast<uint8_t>(byte));
      toy.add(std::string(name.data(), name.size()), TokenType::kByte);
    }
    toy.data.special = {.bos = 1, .eos = 2, .unk = 0};
    toy.data.rules.add_space_prefix = true;
    return toy;
  }

  int32_t add(std::string text, TokenType type = TokenType::kNormal, float score = 0) {
    data.texts.push_back(kept_.emplace_back(std::move(text)));
    data.types.push_back(static_cast<int32_t>(type));
    data.scores.push_back(score);
    return static_cast<int32_t>(data.texts.size()) - 1;
  }
  // A merge and the token that it makes.
  int32_t merge(std::string_view left, std::string_view right) {
    data.merges.push_back(kept_.emplace_back(std::string(left) + " " + std::string(right)));
    return add(std::string(left) + std::string(right));
  }

  Result<Vocab> try_build() const { return Vocab::create(data); }
  std::shared_ptr<const Vocab> build() const {
    auto vocab = try_build();
    if (!vocab) {
      ADD_FAILURE() << vocab.error().message;
      return nullptr;
    }
    return std::make_shared<const Vocab>(std::move(*vocab));
  }

  VocabData data;

 private:
  std::deque<std::string> kept_;
};

}  // namespace nagare::test

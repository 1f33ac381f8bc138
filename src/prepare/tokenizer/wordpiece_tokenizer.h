// WordPiece (BERT): the text is cleaned (control characters out; accents off and lower case where the model
// says so), cut at white space, punctuation and Chinese characters, and each word is written as the longest
// tokens that fit from its left. A word that cannot be, or of more than 100 characters, is the unknown token.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "prepare/tokenizer/byte_trie.h"
#include "prepare/tokenizer/tokenizer.h"

namespace nagare {

class WordPieceTokenizer : public Tokenizer {
 public:
  static Result<std::unique_ptr<Tokenizer>> create(std::shared_ptr<const Vocab> vocab);

 protected:
  Status encode_stretch(std::string_view text, bool after_special, std::vector<int32_t>& ids) const override;

 private:
  // The word that is being gathered.
  struct Word {
    std::string text;
    size_t characters = 0;
  };

  explicit WordPieceTokenizer(std::shared_ptr<const Vocab> vocab);

  Status take_character(char32_t code_point, Word& word, std::vector<int32_t>& ids) const;
  Status take_normalised(char32_t code_point, Word& word, std::vector<int32_t>& ids) const;
  Status end_word(Word& word, std::vector<int32_t>& ids) const;

  ByteTrie beginnings_;     // what a word can begin with
  ByteTrie continuations_;  // what can follow inside a word
};

}  // namespace nagare

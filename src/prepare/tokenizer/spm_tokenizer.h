// SentencePiece BPE (Llama 2, Mistral, Phi 3, Gemma): spaces become ▁, the text is cut into characters, and
// the neighbours that together are the token with the best score are merged until none are. What is no token
// in the end is written as byte tokens.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "prepare/tokenizer/pair_merger.h"
#include "prepare/tokenizer/tokenizer.h"

namespace nagare {

class SpmTokenizer : public Tokenizer {
 public:
  static Result<std::unique_ptr<Tokenizer>> create(std::shared_ptr<const Vocab> vocab);

 protected:
  Status encode_stretch(std::string_view text, bool after_special, std::vector<int32_t>& ids) const override;

 private:
  explicit SpmTokenizer(std::shared_ptr<const Vocab> vocab);

  Status encode_word(std::string_view word, PairMerger& merger, std::vector<int32_t>& ids) const;
  int32_t find_mergeable(std::string_view text) const;
  MergeChoice choose(std::string_view word, const MergeSymbol& left, const MergeSymbol& right) const;

  // No token has ▁ after another character, so nothing merges across the beginning of a word, and words can
  // be encoded one by one.
  bool words_are_apart_ = true;
};

}  // namespace nagare

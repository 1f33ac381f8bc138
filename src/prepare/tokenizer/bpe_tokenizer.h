// Byte-level BPE (GPT-2 and its kin): the text is cut into words (pre_tokenizer.h), each word into bytes, and
// neighbours are merged by the rank of their pair until none is left. Also the form of Gemma 4: characters
// instead of bytes, ▁ for a space, bytes as <0x0A>.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "prepare/tokenizer/merge_table.h"
#include "prepare/tokenizer/pre_tokenizer.h"
#include "prepare/tokenizer/tokenizer.h"

namespace nagare {

class BpeTokenizer : public Tokenizer {
 public:
  static Result<std::unique_ptr<Tokenizer>> create(std::shared_ptr<const Vocab> vocab);

 protected:
  Status encode_stretch(std::string_view text, bool after_special, std::vector<int32_t>& ids) const override;

 private:
  explicit BpeTokenizer(std::shared_ptr<const Vocab> vocab);

  Status encode_word(std::string_view word, PairMerger& merger, std::vector<int32_t>& ids) const;
  // The token that is this whole word, or kNoToken.
  int32_t find_whole_word(std::string_view word) const;
  void cut_into_symbols(std::string_view word, std::vector<MergeSymbol>& symbols) const;
  Status append_symbol(std::string_view word, const MergeSymbol& symbol, std::vector<int32_t>& ids) const;

  const PreTokenizer& words_;
  MergeTable merges_;
};

}  // namespace nagare

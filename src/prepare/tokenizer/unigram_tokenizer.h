// Unigram (T5): the text is normalised, and of all ways to write it in tokens the likeliest is taken (Viterbi
// over the tokens' log-probabilities; Kudo 2018). Runs of characters that no token has become one unknown
// token.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "prepare/tokenizer/byte_trie.h"
#include "prepare/tokenizer/charsmap.h"
#include "prepare/tokenizer/tokenizer.h"

namespace nagare {

class UnigramTokenizer : public Tokenizer {
 public:
  static Result<std::unique_ptr<Tokenizer>> create(std::shared_ptr<const Vocab> vocab);

 protected:
  Status encode_stretch(std::string_view text, bool after_special, std::vector<int32_t>& ids) const override;

 private:
  // The best way to write the text up to some byte: its last token and where that begins.
  struct Best {
    double score;
    int32_t id;
    uint32_t begin;
  };

  UnigramTokenizer(std::shared_ptr<const Vocab> vocab, Charsmap charsmap);

  std::string normalise(std::string_view text) const;
  std::vector<Best> best_ways(std::string_view text) const;
  void append_ids(std::string_view text, const std::vector<Best>& ways, std::vector<int32_t>& ids) const;

  Charsmap charsmap_;
  ByteTrie tokens_;
  double unknown_score_ = 0;
  bool byte_fallback_ = false;  // there is a token for every byte: unknown characters are written in these
};

}  // namespace nagare

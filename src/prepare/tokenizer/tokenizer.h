// Text → token ids, exactly as the model's own tokenizer does it. One implementation per kind of vocabulary;
// this header is the way in. Which of a text's parts are special tokens is decided here, before any of them
// sees it: without parse_special, a text that reads "<|im_end|>" is just that text.
//
// A tokenizer is immutable: one can serve many threads. Time and memory are O(n log n) at worst in the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prepare/tokenizer/special_splitter.h"
#include "prepare/tokenizer/vocab.h"

namespace nagare {

struct EncodeOptions {
  bool parse_special = false;  // control tokens written in the text become what they say
  bool add_bos = false;        // begin with bos (WordPiece: [CLS])
  bool add_eos = false;        // end with eos (WordPiece: [SEP])
  // Parts of the text that people wrote, ascending: with parse_special, control tokens are still text there.
  std::span<const TextRange> plain = {};
};

class Tokenizer {
 public:
  // Longer texts are refused.
  static constexpr size_t kMaxTextBytes = size_t{256} << 20;

  static Result<std::unique_ptr<Tokenizer>> create(std::shared_ptr<const Vocab> vocab);
  virtual ~Tokenizer() = default;
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  // Bytes that are not valid UTF-8: byte-level BPE and Unigram read each as U+FFFD, WordPiece drops it,
  // SentencePiece BPE keeps it as the token of that byte. What the vocabulary has no token for becomes the
  // unknown token; where there is none either, byte-level BPE drops it, as the models' own tokenizers do, and
  // for the others it is an error.
  Result<std::vector<int32_t>> encode(std::string_view text, const EncodeOptions& options = {}) const;

  const Vocab& vocab() const { return *vocab_; }

 protected:
  explicit Tokenizer(std::shared_ptr<const Vocab> vocab) : vocab_(std::move(vocab)), splitter_(*vocab_) {}

  // Appends the ids of one stretch of text, not empty, that holds no special token. `after_special`: it
  // begins the whole text or follows a special token.
  virtual Status encode_stretch(std::string_view text, bool after_special,
                                std::vector<int32_t>& ids) const = 0;

  // For a part of the text that no token expresses.
  Status append_unknown(std::string_view part, std::vector<int32_t>& ids) const;

 private:
  std::shared_ptr<const Vocab> vocab_;
  SpecialSplitter splitter_;
};

// `text` with every byte that is not part of valid UTF-8 as U+FFFD. Returns `text` itself where all is valid,
// else a view of `buffer`.
std::string_view replace_invalid_utf8(std::string_view text, std::string& buffer);

}  // namespace nagare

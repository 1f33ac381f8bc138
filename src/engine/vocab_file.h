// Text ↔ token ids with the vocabulary of a model file, whose weights are not touched: what `nagare tokenize`
// and `nagare detokenize` do. Files that hold a vocabulary and no weights will do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prepare/tokenizer/tokenizer.h"

namespace nagare {

class VocabFile {
 public:
  static Result<VocabFile> open(const std::filesystem::path& path);

  const Vocab& vocab() const { return *vocab_; }

  // Adds bos only where add_bos says so, whatever the model itself asks for; an error where it has none.
  Result<std::vector<int32_t>> encode(std::string_view text, const EncodeOptions& options) const;
  // The text of the ids: valid UTF-8, control tokens hidden unless `show_special`. The error for an id that
  // the vocabulary lacks names both.
  Result<std::string> decode(std::span<const int32_t> ids, bool show_special) const;

 private:
  explicit VocabFile(std::shared_ptr<const Vocab> vocab) : vocab_(std::move(vocab)) {}

  std::shared_ptr<const Vocab> vocab_;
  std::unique_ptr<Tokenizer> tokenizer_;
};

}  // namespace nagare

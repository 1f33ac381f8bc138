#include "engine/vocab_file.h"

#include <utility>

#include "formats/gguf/gguf_split.h"
#include "output/detokenize/detokenizer.h"
#include "prepare/tokenizer/vocab_from_gguf.h"

namespace nagare {

Result<VocabFile> VocabFile::open(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(const GgufFile file, open_gguf_model(path));
  ASSIGN_OR_RETURN(Vocab vocab, vocab_from_gguf(file));
  VocabFile opened(std::make_shared<const Vocab>(std::move(vocab)));
  ASSIGN_OR_RETURN(opened.tokenizer_, Tokenizer::create(opened.vocab_));
  return opened;
}

Result<std::vector<int32_t>> VocabFile::encode(std::string_view text, const EncodeOptions& options) const {
  return tokenizer_->encode(text, options);
}

Result<std::string> VocabFile::decode(std::span<const int32_t> ids, bool show_special) const {
  return detokenize(vocab_, ids, {.show_special = show_special, .at_text_start = true});
}

}  // namespace nagare

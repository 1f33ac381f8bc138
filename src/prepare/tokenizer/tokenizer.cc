#include "prepare/tokenizer/tokenizer.h"

#include <new>
#include <string>
#include <utility>

#include "base/printable.h"
#include "base/utf8.h"
#include "prepare/tokenizer/bpe_tokenizer.h"
#include "prepare/tokenizer/spm_tokenizer.h"
#include "prepare/tokenizer/unigram_tokenizer.h"
#include "prepare/tokenizer/wordpiece_tokenizer.h"

namespace nagare {

Result<std::unique_ptr<Tokenizer>> Tokenizer::create(std::shared_ptr<const Vocab> vocab) try {
  RETURN_IF_ERROR(SpecialSplitter::check(*vocab));
  switch (vocab->kind()) {
    case VocabKind::kByteLevelBpe:
      return BpeTokenizer::create(std::move(vocab));
    case VocabKind::kSentencePieceBpe:
      return SpmTokenizer::create(std::move(vocab));
    case VocabKind::kWordPiece:
      return WordPieceTokenizer::create(std::move(vocab));
    case VocabKind::kUnigram:
      return UnigramTokenizer::create(std::move(vocab));
  }
  return unsupported("tokenizer: {} is not supported", vocab_kind_name(vocab->kind()));
} catch (const std::bad_alloc&) {
  return out_of_memory("tokenizer: no memory left to build it");
}

Result<std::vector<int32_t>> Tokenizer::encode(std::string_view text, const EncodeOptions& options) const
    try {
  if (text.size() > kMaxTextBytes) {
    return bad_input("tokenizer: the text has {} bytes, at most {} are taken at once", grouped(text.size()),
                     grouped(kMaxTextBytes));
  }
  const SpecialTokens& special = vocab_->special();
  const int32_t last = vocab_->kind() == VocabKind::kWordPiece ? special.sep : special.eos;
  if (options.add_bos && special.bos == kNoToken)
    return bad_input("tokenizer: the model has no bos token to add");
  if (options.add_eos && last == kNoToken) return bad_input("tokenizer: the model has no eos token to add");

  std::vector<int32_t> ids;
  ids.reserve(text.size() / 4 + 2);
  if (options.add_bos) ids.push_back(special.bos);
  bool after_special = true;
  for (const Stretch& stretch : splitter_.split(text, options.parse_special, options.plain)) {
    after_special = after_special || stretch.id != kNoToken;
    if (stretch.id != kNoToken) {
      ids.push_back(stretch.id);
      continue;
    }
    RETURN_IF_ERROR(
        encode_stretch(text.substr(stretch.begin, stretch.end - stretch.begin), after_special, ids));
    after_special = false;
  }
  if (options.add_eos) ids.push_back(last);
  return ids;
} catch (const std::bad_alloc&) {
  return out_of_memory("tokenizer: no memory left for a text of {} bytes", grouped(text.size()));
}

Status Tokenizer::append_unknown(std::string_view part, std::vector<int32_t>& ids) const {
  if (vocab_->special().unk == kNoToken) {
    return bad_input("tokenizer: the model has no token for '{}', and none for what is unknown",
                     printable(part));
  }
  ids.push_back(vocab_->special().unk);
  return {};
}

std::string_view replace_invalid_utf8(std::string_view text, std::string& buffer) {
  const size_t valid = valid_utf8_prefix_bytes(text);
  if (valid == text.size()) return text;
  buffer.assign(text.substr(0, valid));
  const char* const end = text.data() + text.size();
  for (const char* next = text.data() + valid; next < end;) {
    const Utf8Char c = decode_utf8(next, end);
    if (c.valid) {
      buffer.append(next, c.byte_count);
      next += c.byte_count;
    } else {
      buffer += kReplacementUtf8;
      ++next;
    }
  }
  return buffer;
}

}  // namespace nagare

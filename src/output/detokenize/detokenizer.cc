#include "output/detokenize/detokenizer.h"

#include <utility>

#include "base/utf8.h"

namespace nagare {

namespace {

// Does the tokenizer put a space before a text, so that the first one is not the text's own?
bool begins_with_a_space(const Vocab& vocab) {
  return vocab.kind() == VocabKind::kWordPiece || vocab.rules().add_space_prefix;
}

}  // namespace

Detokenizer::Detokenizer(std::shared_ptr<const Vocab> vocab, DetokenizeOptions options)
    : vocab_(std::move(vocab)),
      options_(options),
      drop_space_(options.at_text_start && begins_with_a_space(*vocab_)) {}

Result<std::string_view> Detokenizer::push(int32_t id) {
  text_.clear();
  if (!vocab_->contains(id)) {
    return bad_input("detokenize: token {} does not exist; the vocabulary has {} tokens", id, vocab_->size());
  }
  if (vocab_->is_special(id) && !options_.show_special) return std::string_view();
  std::string_view piece = vocab_->piece(id);
  if (drop_space_ && !vocab_->is_special(id)) {
    if (piece.starts_with(' ')) piece.remove_prefix(1);
    drop_space_ = false;
  }
  append_certain(piece);
  return text_;
}

std::string_view Detokenizer::finish() {
  text_.clear();
  if (!pending_.empty()) text_ += kReplacementUtf8;
  pending_.clear();
  drop_space_ = options_.at_text_start && begins_with_a_space(*vocab_);
  return text_;
}

void Detokenizer::append_certain(std::string_view bytes) {
  std::string joined;
  if (!pending_.empty()) {
    joined = std::exchange(pending_, {}).append(bytes);
    bytes = joined;
  }
  const char* const end = bytes.data() + bytes.size();
  for (const char* next = bytes.data(); next < end;) {
    const Utf8Char c = decode_utf8(next, end);
    if (c.valid) {
      text_.append(next, c.byte_count);
    } else if (c.cut_off) {
      pending_.assign(next, end);
      return;
    } else {
      text_ += kReplacementUtf8;
    }
    next += c.byte_count;
  }
}

Result<std::string> detokenize(std::shared_ptr<const Vocab> vocab, std::span<const int32_t> ids,
                               DetokenizeOptions options) {
  Detokenizer detokenizer(std::move(vocab), options);
  std::string text;
  for (const int32_t id : ids) {
    ASSIGN_OR_RETURN(const std::string_view part, detokenizer.push(id));
    text += part;
  }
  text += detokenizer.finish();
  return text;
}

}  // namespace nagare

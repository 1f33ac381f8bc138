#include "prepare/tokenizer/wordpiece_tokenizer.h"

#include <string>
#include <utility>

#include "base/utf8.h"
#include "prepare/tokenizer/byte_alphabet.h"
#include "prepare/tokenizer/char_class.h"

namespace nagare {

namespace {

constexpr size_t kLongestWord = 100;  // characters, as in BERT's own tokenizer

// The blocks that BERT's tokenizer calls Chinese. (0x2B920 is what its Rust version has; the block begins at
// 2B820.)
bool is_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> WordPieceTokenizer::create(std::shared_ptr<const Vocab> vocab) {
  if (vocab->special().unk == kNoToken) {
    return bad_input("tokenizer: a WordPiece vocabulary needs an unknown token, and this one names none");
  }
  return std::unique_ptr<Tokenizer>(new WordPieceTokenizer(std::move(vocab)));
}

WordPieceTokenizer::WordPieceTokenizer(std::shared_ptr<const Vocab> shared_vocab)
    : Tokenizer(std::move(shared_vocab)) {
  const bool hashes = vocab().rules().continuation_has_hashes;
  std::vector<ByteTrie::Entry> beginnings, continuations;
  for (int32_t id = 0; id < vocab().size(); ++id) {
    if (vocab().is_special(id)) continue;
    std::string_view text = vocab().text(id);
    const std::string_view mark = hashes ? std::string_view("##") : kEscapedSpace;
    const bool marked = text.starts_with(mark);
    if (marked) text.remove_prefix(mark.size());
    if (!text.empty()) (marked == hashes ? continuations : beginnings).push_back({text, id});
  }
  beginnings_ = ByteTrie(std::move(beginnings));
  continuations_ = ByteTrie(std::move(continuations));
}

Status WordPieceTokenizer::encode_stretch(std::string_view text, bool /*after_special*/,
                                          std::vector<int32_t>& ids) const {
  Word word;
  const char* const end = text.data() + text.size();
  for (const char* next = text.data(); next < end;) {
    const Utf8Char c = decode_utf8(next, end);
    if (c.valid) RETURN_IF_ERROR(take_character(c.code_point, word, ids));
    next += c.byte_count;
  }
  return end_word(word, ids);
}

Status WordPieceTokenizer::take_character(char32_t c, Word& word, std::vector<int32_t>& ids) const {
  const uint16_t classes = char_class(c);
  const bool blank = c == '\t' || c == '\n' || c == '\r';
  if (!blank && ((classes & kControlChar) != 0 || c == kReplacementCharacter)) return {};
  if ((classes & kSpace) != 0) return end_word(word, ids);
  const bool alone = is_chinese(c);
  if (alone) RETURN_IF_ERROR(end_word(word, ids));
  if (c < 0x80 || !vocab().rules().strip_accents) {
    RETURN_IF_ERROR(take_normalised(c, word, ids));
  } else {
    for (const char32_t part : decompose(c)) {
      if (!is_nonspacing_mark(part)) RETURN_IF_ERROR(take_normalised(part, word, ids));
    }
  }
  return alone ? end_word(word, ids) : Status{};
}

Status WordPieceTokenizer::take_normalised(char32_t c, Word& word, std::vector<int32_t>& ids) const {
  if (vocab().rules().lowercase) c = lowercase(c);
  const uint16_t classes = char_class(c);
  const bool punctuation = (classes & kPunctuation) != 0 || (c < 0x80 && (classes & kSymbol) != 0);
  if (punctuation) RETURN_IF_ERROR(end_word(word, ids));
  append_utf8(word.text, c);
  ++word.characters;
  return punctuation ? end_word(word, ids) : Status{};
}

Status WordPieceTokenizer::end_word(Word& word, std::vector<int32_t>& ids) const {
  if (word.text.empty()) return {};
  const Word whole = std::exchange(word, {});
  const size_t ids_before = ids.size();
  for (size_t at = 0; whole.characters <= kLongestWord && at < whole.text.size();) {
    size_t longest = 0;
    int32_t id = kNoToken;
    (at == 0 ? beginnings_ : continuations_)
        .each_prefix(std::string_view(whole.text).substr(at), [&](size_t bytes, int32_t value) {
          longest = bytes;
          id = value;
        });
    if (id == kNoToken) {
      ids.resize(ids_before);
      break;
    }
    ids.push_back(id);
    at += longest;
  }
  if (ids.size() == ids_before) ids.push_back(vocab().special().unk);
  return {};
}

}  // namespace nagare

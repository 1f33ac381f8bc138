#include "prepare/tokenizer/spm_tokenizer.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "prepare/tokenizer/byte_alphabet.h"
#include "prepare/tokenizer/word_cache.h"

namespace nagare {

namespace {

// How many bytes a character has by its first byte, valid or not: SentencePiece cuts so.
constexpr uint32_t character_bytes(char lead) {
  constexpr uint8_t kBytes[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4};
  return kBytes[static_cast<uint8_t>(lead) >> 4];
}

// Where the word that begins at `begin` ends: before the first ▁ that follows another character.
size_t word_end(std::string_view text, size_t begin) {
  size_t at = begin;
  while (text.substr(at).starts_with(kEscapedSpace)) at += kEscapedSpace.size();
  return std::min(text.find(kEscapedSpace, at), text.size());
}

// The better the score, the less the number.
uint32_t priority_of(float score) {
  const auto bits = std::bit_cast<uint32_t>(score + 0.0f);  // -0 becomes 0
  const uint32_t ascending = (bits >> 31) != 0 ? ~bits : bits | 0x80000000;
  return ~ascending;
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> SpmTokenizer::create(std::shared_ptr<const Vocab> vocab) {
  return std::unique_ptr<Tokenizer>(new SpmTokenizer(std::move(vocab)));
}

SpmTokenizer::SpmTokenizer(std::shared_ptr<const Vocab> shared_vocab) : Tokenizer(std::move(shared_vocab)) {
  for (int32_t id = 0; id < vocab().size() && words_are_apart_; ++id) {
    const std::string_view text = vocab().text(id);
    if (!vocab().is_special(id)) words_are_apart_ = word_end(text, 0) == text.size();
  }
}

Status SpmTokenizer::encode_stretch(std::string_view text, bool after_special,
                                    std::vector<int32_t>& ids) const {
  std::string escaped;
  escaped.reserve(text.size() + text.size() / 2 + kEscapedSpace.size());
  if (after_special && vocab().rules().add_space_prefix) escaped += kEscapedSpace;
  append_escaped(escaped, text);

  const std::string_view whole = escaped;
  WordCache seen(whole, ids);
  PairMerger merger;
  for (size_t begin = 0; begin < whole.size();) {
    const size_t end = words_are_apart_ ? word_end(whole, begin) : whole.size();
    const std::string_view word = whole.substr(begin, end - begin);
    RETURN_IF_ERROR(seen.append(word, [&] { return encode_word(word, merger, ids); }));
    begin = end;
  }
  return {};
}

Status SpmTokenizer::encode_word(std::string_view word, PairMerger& merger, std::vector<int32_t>& ids) const {
  merger.symbols.clear();
  for (uint32_t at = 0; at < word.size();) {
    const uint32_t bytes = std::min(character_bytes(word[at]), static_cast<uint32_t>(word.size()) - at);
    merger.symbols.push_back({at, bytes, find_mergeable(word.substr(at, bytes))});
    at += bytes;
  }
  merger.merge([&](const MergeSymbol& left, const MergeSymbol& right) { return choose(word, left, right); });
  for (const MergeSymbol& symbol : merger.symbols) {
    if (symbol.id != kNoToken) {
      ids.push_back(symbol.id);
      continue;
    }
    const std::string_view part = word.substr(symbol.begin, symbol.bytes);
    const auto has_token = [&](char byte) {
      return vocab().byte_token(static_cast<uint8_t>(byte)) != kNoToken;
    };
    if (!std::ranges::all_of(part, has_token)) {
      RETURN_IF_ERROR(append_unknown(part, ids));
      continue;
    }
    for (const char byte : part) ids.push_back(vocab().byte_token(static_cast<uint8_t>(byte)));
  }
  return {};
}

// Control, unknown and byte tokens are no text, however much a text looks like them.
int32_t SpmTokenizer::find_mergeable(std::string_view text) const {
  const int32_t id = vocab().find(text);
  if (id == kNoToken || vocab().is_special(id) || vocab().type(id) == TokenType::kByte) return kNoToken;
  return id;
}

MergeChoice SpmTokenizer::choose(std::string_view word, const MergeSymbol& left,
                                 const MergeSymbol& right) const {
  const uint32_t bytes = left.bytes + right.bytes;
  if (bytes > vocab().longest_text_bytes()) return {};
  const int32_t id = find_mergeable(word.substr(left.begin, bytes));
  if (id == kNoToken) return {};
  return {priority_of(vocab().score(id)), id};
}

}  // namespace nagare

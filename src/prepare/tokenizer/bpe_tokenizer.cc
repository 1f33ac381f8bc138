#include "prepare/tokenizer/bpe_tokenizer.h"

#include <utility>

#include "base/utf8.h"
#include "prepare/tokenizer/byte_alphabet.h"
#include "prepare/tokenizer/word_cache.h"

namespace nagare {

namespace {

const PreTokenizer& pre_tokenizer_of(const Vocab& vocab) {
  const PreTokenizer* const found = find_pre_tokenizer(vocab.pre_tokenizer());
  return found != nullptr ? *found : default_pre_tokenizer();
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> BpeTokenizer::create(std::shared_ptr<const Vocab> vocab) {
  return std::unique_ptr<Tokenizer>(new BpeTokenizer(std::move(vocab)));
}

BpeTokenizer::BpeTokenizer(std::shared_ptr<const Vocab> vocab)
    : Tokenizer(std::move(vocab)), words_(pre_tokenizer_of(this->vocab())), merges_(this->vocab()) {}

Status BpeTokenizer::encode_stretch(std::string_view text, bool /*after_special*/,
                                    std::vector<int32_t>& ids) const {
  std::string replaced, escaped;
  text = replace_invalid_utf8(text, replaced);
  if (!vocab().rules().byte_level) {
    append_escaped(escaped, text);
    text = escaped;
  }
  std::vector<uint32_t> word_ends;
  split_words(words_, text, word_ends);

  WordCache seen(text, ids);
  PairMerger merger;
  uint32_t begin = 0;
  for (const uint32_t end : word_ends) {
    const std::string_view word = text.substr(begin, end - begin);
    RETURN_IF_ERROR(seen.append(word, [&] { return encode_word(word, merger, ids); }));
    begin = end;
  }
  return {};
}

Status BpeTokenizer::encode_word(std::string_view word, PairMerger& merger, std::vector<int32_t>& ids) const {
  if (const int32_t id = find_whole_word(word); id != kNoToken) {
    ids.push_back(id);
    return {};
  }
  merger.symbols.clear();
  cut_into_symbols(word, merger.symbols);
  merger.merge(
      [this](const MergeSymbol& left, const MergeSymbol& right) { return merges_.find(left.id, right.id); });
  for (const MergeSymbol& symbol : merger.symbols) RETURN_IF_ERROR(append_symbol(word, symbol, ids));
  return {};
}

int32_t BpeTokenizer::find_whole_word(std::string_view word) const {
  const VocabRules& rules = vocab().rules();
  // Gemma 4 has tokens for runs of line ends that no merge leads to.
  const bool line_ends = !rules.byte_level && word.find_first_not_of('\n') == std::string_view::npos;
  if (!rules.ignore_merges && !line_ends) return kNoToken;
  if (word.size() > vocab().longest_text_bytes()) return kNoToken;
  int32_t id = kNoToken;
  if (rules.byte_level) {
    std::string text;
    append_in_byte_alphabet(text, word);
    id = vocab().find(text);
  } else {
    id = vocab().find(word);
  }
  return id != kNoToken && !vocab().is_special(id) ? id : kNoToken;
}

void BpeTokenizer::cut_into_symbols(std::string_view word, std::vector<MergeSymbol>& symbols) const {
  const auto word_bytes = static_cast<uint32_t>(word.size());
  if (vocab().rules().byte_level) {
    symbols.reserve(word_bytes);
    for (uint32_t at = 0; at < word_bytes; ++at) {
      symbols.push_back({at, 1, vocab().byte_token(static_cast<uint8_t>(word[at]))});
    }
    return;
  }
  for (uint32_t at = 0; at < word_bytes;) {
    const uint32_t bytes = decode_utf8(word.data() + at, word.data() + word_bytes).byte_count;
    const int32_t id = vocab().find(word.substr(at, bytes));
    symbols.push_back({at, bytes, id != kNoToken && !vocab().is_special(id) ? id : kNoToken});
    at += bytes;
  }
}

Status BpeTokenizer::append_symbol(std::string_view word, const MergeSymbol& symbol,
                                   std::vector<int32_t>& ids) const {
  if (symbol.id != kNoToken) {
    ids.push_back(symbol.id);
    return {};
  }
  const std::string_view part = word.substr(symbol.begin, symbol.bytes);
  if (vocab().rules().byte_level) {
    // Falcon's vocabulary, for one, lacks some control characters, and its own tokenizer drops them.
    return vocab().special().unk == kNoToken ? Status{} : append_unknown(part, ids);
  }
  for (const char byte : part) {
    const int32_t id = vocab().byte_token(static_cast<uint8_t>(byte));
    if (id == kNoToken) return append_unknown(part, ids);
    ids.push_back(id);
  }
  return {};
}

}  // namespace nagare

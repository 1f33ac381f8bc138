#include "prepare/tokenizer/special_splitter.h"

#include <algorithm>
#include <utility>

#include "base/printable.h"

namespace nagare {

namespace {

bool is_white_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_matched(const Vocab& vocab, int32_t id) {
  return vocab.is_special(id) || vocab.type(id) == TokenType::kUserDefined;
}

}  // namespace

Status SpecialSplitter::check(const Vocab& vocab) {
  for (int32_t id = 0; id < vocab.size(); ++id) {
    if (is_matched(vocab, id) && vocab.text(id).size() > kMaxTokenBytes) {
      return bad_input(
          "tokenizer: special token {} is {} bytes long, at most {} are taken; is the file damaged?", id,
          grouped(vocab.text(id).size()), grouped(kMaxTokenBytes));
    }
  }
  return {};
}

SpecialSplitter::SpecialSplitter(const Vocab& vocab) : vocab_(vocab) {
  std::vector<ByteTrie::Entry> user_defined, all;
  for (int32_t id = 0; id < vocab.size(); ++id) {
    if (!is_matched(vocab, id)) continue;
    all.push_back({vocab.text(id), id});
    if (vocab.type(id) == TokenType::kUserDefined) user_defined.push_back(all.back());
  }
  user_defined_ = ByteTrie(std::move(user_defined));
  all_ = ByteTrie(std::move(all));
}

std::vector<Stretch> SpecialSplitter::split(std::string_view text, bool parse_special,
                                            std::span<const TextRange> plain) const {
  std::vector<Stretch> stretches;
  if (text.empty()) return stretches;
  stretches.push_back({0, static_cast<uint32_t>(text.size()), kNoToken});

  // Nearly all texts hold none, or of few lengths.
  const ByteTrie& trie = parse_special ? all_ : user_defined_;
  std::vector<bool> lengths(kMaxTokenBytes + 1);
  if (trie.empty()) return stretches;
  for (size_t at = 0; at < text.size(); ++at) {
    if (!trie.may_begin_with(text[at])) continue;
    trie.each_prefix(text.substr(at), [&](size_t bytes, int32_t) { lengths[bytes] = true; });
  }
  for (size_t bytes = kMaxTokenBytes; bytes > 0; --bytes) {
    if (lengths[bytes]) split_by_length({text, trie, plain}, bytes, stretches);
  }
  return stretches;
}

// The special token that the bytes [at, at + bytes) are, or kNoToken.
int32_t SpecialSplitter::find_at(const Search& search, size_t at, size_t bytes) const {
  if (!search.trie.may_begin_with(search.text[at])) return kNoToken;
  const int32_t id = search.trie.find(search.text.substr(at, bytes));
  if (id == kNoToken || search.plain.empty() || !vocab_.is_special(id)) return id;
  const auto range = std::upper_bound(search.plain.begin(), search.plain.end(), at,
                                      [](size_t position, const TextRange& r) { return position < r.end; });
  const bool touches = range != search.plain.end() && range->begin < at + bytes;
  return touches ? kNoToken : id;
}

void SpecialSplitter::split_by_length(const Search& search, size_t bytes,
                                      std::vector<Stretch>& stretches) const {
  const std::string_view text = search.text;
  std::vector<Stretch> finer;
  finer.reserve(stretches.size());
  for (const Stretch& stretch : stretches) {
    if (stretch.id != kNoToken) {
      finer.push_back(stretch);
      continue;
    }
    uint32_t begin = stretch.begin;
    for (uint32_t at = begin; at + bytes <= stretch.end;) {
      const int32_t id = find_at(search, at, bytes);
      if (id == kNoToken) {
        ++at;
        continue;
      }
      uint32_t left_end = at;
      while (vocab_.strips_left(id) && left_end > begin && is_white_space(text[left_end - 1])) --left_end;
      if (left_end > begin) finer.push_back({begin, left_end, kNoToken});
      const auto token_end = static_cast<uint32_t>(at + bytes);
      finer.push_back({at, token_end, id});
      begin = token_end;
      while (vocab_.strips_right(id) && begin < stretch.end && is_white_space(text[begin])) ++begin;
      at = begin;
    }
    if (begin < stretch.end) finer.push_back({begin, stretch.end, kNoToken});
  }
  stretches.swap(finer);
}

}  // namespace nagare

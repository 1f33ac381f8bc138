#include "output/grammar/token_constraint.h"

#include <algorithm>
#include <utility>

namespace nagare {

TokenConstraint::TokenConstraint(std::shared_ptr<const Grammar> grammar,
                                 std::shared_ptr<const TokenTrie> trie, std::shared_ptr<const Vocab> vocab)
    : grammar_(std::move(grammar)),
      trie_(std::move(trie)),
      vocab_(std::move(vocab)),
      chart_(*grammar_),
      masks_(*grammar_, *trie_) {
  chart_.set_measuring(true);
  chart_.start(grammar_->start(grammar_->root()));
}

Result<const TokenMask*> TokenConstraint::allowed() {
  chart_.set_measuring(false);
  const TokenMask* allowed = &masks_.allowed(chart_);
  chart_.set_measuring(true);
  if (chart_.overflowed() || masks_.overflowed()) {
    return bad_input("grammar: too many readings of one text; make it less ambiguous");
  }
  if (may_end()) {
    allowed_ = *allowed;
    for (const int32_t id : vocab_->end_of_generation_ids()) allowed_.allow(id);
    allowed = &allowed_;
  }
  if (allowed->none()) {
    return bad_input("grammar: no token of the vocabulary can go on here");
  }
  return allowed;
}

bool TokenConstraint::accept(int32_t token, int64_t tokens_left) {
  const size_t columns = chart_.column_count();
  const bool fits = advance(vocab_->piece(token)) &&
                    (chart_.bytes_to_end() <= tokens_left || tokens_to_end() <= tokens_left);
  if (fits) {
    chart_.commit();
  } else {
    while (chart_.column_count() > columns) chart_.pop();
  }
  return fits;
}

bool TokenConstraint::advance(std::string_view bytes) {
  return std::ranges::all_of(bytes, [this](char byte) { return chart_.advance(static_cast<uint8_t>(byte)); });
}

int32_t TokenConstraint::forced() {
  return longest_token(shortest_end()).token;
}

// The first in the order of bytes of the shortest ways to a complete text.
const std::string& TokenConstraint::shortest_end() {
  const size_t columns = chart_.column_count();
  end_.clear();
  while (chart_.bytes_to_end() > 0 && end_.size() < kMostBytesAhead) {
    const int64_t nearer = chart_.bytes_to_end() - 1;
    int byte = 0;
    for (; byte < 256; ++byte) {
      if (!chart_.advance(static_cast<uint8_t>(byte))) continue;
      if (chart_.bytes_to_end() <= nearer) break;
      chart_.pop();
    }
    if (byte == 256) break;  // only where readings were left out
    end_ += static_cast<char>(byte);
  }
  while (chart_.column_count() > columns) chart_.pop();
  return end_;
}

TokenConstraint::Longest TokenConstraint::longest_token(std::string_view bytes) const {
  Longest longest;
  int32_t node = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    node = trie_->child(node, static_cast<uint8_t>(bytes[i]));
    if (node < 0) break;
    if (!trie_->tokens(node).empty()) longest = {trie_->tokens(node).front(), i + 1};
  }
  return longest;
}

// How many tokens the shortest way takes, the longest token first each time: the way that forced() goes.
int64_t TokenConstraint::tokens_to_end() {
  if (chart_.bytes_to_end() > static_cast<int64_t>(kMostBytesAhead)) return chart_.bytes_to_end();
  int64_t count = 0;
  for (std::string_view rest = shortest_end(); !rest.empty(); ++count) {
    const Longest longest = longest_token(rest);
    if (longest.token == kNoToken) return kNeverEnds;
    rest.remove_prefix(longest.bytes);
  }
  return count;
}

bool TokenConstraint::finished() const {
  if (!may_end()) return false;
  return std::ranges::none_of(chart_.items(),
                              [this](const Chart::Item& item) { return grammar_->takes_bytes(item.state); });
}

}  // namespace nagare

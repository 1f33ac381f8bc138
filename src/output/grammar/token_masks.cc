#include "output/grammar/token_masks.h"

#include <algorithm>

namespace nagare {

TokenMasks::TokenMasks(const Grammar& grammar, const TokenTrie& trie)
    : grammar_(grammar), trie_(trie), local_(grammar), path_(static_cast<size_t>(trie.longest_depth()) + 1) {}

const TokenMask& TokenMasks::allowed(Chart& chart) {
  if (const Known* known = find_known(chart)) return known->allowed;
  Known& entry = known_[next_known_];
  next_known_ = (next_known_ + 1) % known_.size();
  entry.items.assign(chart.items().begin(), chart.items().end());
  entry.renumberings = chart.renumberings();
  entry.allowed = TokenMask(trie_.vocabulary_size());
  // Per frame, once: what goes on where it ends. Items of one frame are taken together.
  std::vector<Chart::Item> items = entry.items;
  std::ranges::sort(items, {}, &Chart::Item::frame);
  for (size_t i = 0; i < items.size();) {
    const int32_t frame = items[i].frame;
    std::vector<int32_t> ends;
    for (; i < items.size() && items[i].frame == frame; ++i) {
      if (!grammar_.takes_bytes(items[i].state)) continue;
      const StateTokens& tokens = tokens_of(items[i].state);
      entry.allowed.allow_all_of(tokens.allowed);
      ends.insert(ends.end(), tokens.ends.begin(), tokens.ends.end());
    }
    if (ends.empty() || frame == Chart::kBottomFrame) continue;
    std::ranges::sort(ends);
    ends.erase(std::ranges::unique(ends).begin(), ends.end());
    chart.push_after(frame);
    if (!chart.items().empty()) {
      for (const int32_t node : ends) walk(chart, node, entry.allowed, nullptr);
    }
    chart.pop();
  }
  return entry.allowed;
}

const TokenMasks::Known* TokenMasks::find_known(const Chart& chart) const {
  const auto items = chart.items();
  for (const Known& known : known_) {
    if (known.renumberings == chart.renumberings() && !known.items.empty() &&
        std::ranges::equal(known.items, items)) {
      return &known;
    }
  }
  return nullptr;
}

const TokenMasks::StateTokens& TokenMasks::tokens_of(int32_t state) {
  if (const auto known = states_.find(state); known != states_.end()) return known->second;
  if (states_.size() >= kMostStates) states_.clear();
  StateTokens& tokens = states_[state];
  tokens.allowed = TokenMask(trie_.vocabulary_size());
  fill(state, tokens);
  return tokens;
}

// Down the tree with the rule's own automaton; where rules are called, with a chart.
void TokenMasks::fill(int32_t state, StateTokens& tokens) {
  path_[0] = state;
  for (int32_t node = 1; node < trie_.node_count();) {
    const auto depth = static_cast<size_t>(trie_.depth(node));
    const int32_t next = grammar_.next(path_[depth - 1], trie_.byte(node));
    if (next == kNoState) {
      node = trie_.end(node);
      continue;
    }
    allow(node, tokens.allowed);
    if (trie_.is_leaf(node)) {
      ++node;
      continue;
    }
    if (!grammar_.calls(next).empty()) {
      local_.start(next);
      if (local_.complete()) tokens.ends.push_back(node);
      walk(local_, node, tokens.allowed, &tokens.ends);
      node = trie_.end(node);
      continue;
    }
    if (grammar_.ends(next)) tokens.ends.push_back(node);
    path_[depth] = next;
    ++node;
  }
}

// All descendants of `top` that the chart's readings reach. `ends` takes those at which its bottom frame
// ends.
void TokenMasks::walk(Chart& chart, int32_t top, TokenMask& allowed, std::vector<int32_t>* ends) {
  const size_t bottom = chart.column_count();
  const int32_t top_depth = trie_.depth(top);
  const uint64_t most_steps = chart.steps() + kMostMaskSteps;
  for (int32_t node = top + 1; node < trie_.end(top);) {
    const auto depth = static_cast<size_t>(trie_.depth(node) - top_depth);
    while (chart.column_count() > bottom + depth - 1) chart.pop();
    if (chart.overflowed() || chart.steps() > most_steps) {
      overflowed_ = true;
      break;
    }
    if (trie_.is_leaf(node)) {
      if (chart.can_advance(trie_.byte(node))) allow(node, allowed);
      ++node;
    } else if (chart.advance(trie_.byte(node))) {
      allow(node, allowed);
      if (ends != nullptr && chart.complete()) ends->push_back(node);
      ++node;
    } else {
      node = trie_.end(node);
    }
  }
  while (chart.column_count() > bottom) chart.pop();
}

}  // namespace nagare

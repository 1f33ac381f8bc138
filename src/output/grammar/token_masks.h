// Which tokens of a vocabulary a grammar allows at a place of a text.
//
// For each state of the grammar, once: the tokens that stay within its rule, and the places in the token tree
// where the rule ends and bytes are left over. That part is a table look-up per node of the tree. What the
// callers make of the rest is found at each place; the last places' answers are kept.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>
#include <vector>

#include "output/grammar/chart.h"
#include "output/grammar/token_trie.h"
#include "output/sampler/token_mask.h"

namespace nagare {

// Items of charts looked at for one mask: about a second.
inline constexpr uint64_t kMostMaskSteps = 1 << 27;

class TokenMasks {
 public:
  // Both must outlive it.
  TokenMasks(const Grammar& grammar, const TokenTrie& trie);

  // The tokens that may come after the chart's last column. Valid until the next call. The chart is as before
  // when this returns.
  const TokenMask& allowed(Chart& chart);
  // A mask would have cost more than kMostMaskSteps or had more readings than a chart takes: it is not
  // complete.
  bool overflowed() const { return overflowed_; }

 private:
  // What one state allows without knowing who called its rule.
  struct StateTokens {
    TokenMask allowed;
    std::vector<int32_t> ends;  // nodes with descendants at which the rule may have ended
  };
  struct Known {
    std::vector<Chart::Item> items;
    uint64_t renumberings = 0;
    TokenMask allowed;
  };
  // About 10 MB for a vocabulary of 150,000.
  static constexpr size_t kMostStates = 512;

  const StateTokens& tokens_of(int32_t state);
  void fill(int32_t state, StateTokens& tokens);
  void walk(Chart& chart, int32_t node, TokenMask& allowed, std::vector<int32_t>* ends);
  const Known* find_known(const Chart& chart) const;
  void allow(int32_t node, TokenMask& allowed) const {
    for (const int32_t token : trie_.tokens(node)) allowed.allow(token);
  }

  const Grammar& grammar_;
  const TokenTrie& trie_;
  Chart local_;  // for what happens within a rule
  std::unordered_map<int32_t, StateTokens> states_;
  std::vector<int32_t> path_;  // states from the root of the tree to the node at work
  std::array<Known, 8> known_;
  size_t next_known_ = 0;
  bool overflowed_ = false;
};

}  // namespace nagare

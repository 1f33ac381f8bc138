// The automaton of one rule before it is deterministic (Thompson, 1968): nodes with at most two free edges,
// or one edge over a range of bytes, or one call of a rule.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "output/grammar/grammar_tree.h"

namespace nagare {

struct NfaNode {
  enum class Kind : uint8_t { kEnd, kFree, kBytes, kCall };
  Kind kind = Kind::kFree;
  uint8_t first = 0, last = 0;         // kBytes
  int32_t rule = 0;                    // kCall
  int32_t next = -1, other_next = -1;  // -1: no edge; only kFree has two
};

// Builds the rules of a tree, one after the other, into one list of nodes.
class NfaBuilder {
 public:
  // `inlined[rule]`: build the rule into its callers.
  NfaBuilder(const GrammarTree& tree, std::vector<bool> inlined, size_t most_nodes);

  // The first node of the rule; its end is a node of kind kEnd.
  Result<int32_t> build(int32_t rule);
  const std::vector<NfaNode>& nodes() const { return nodes_; }
  // Was any rule built into another?
  bool has_inlined() const { return has_inlined_; }

 private:
  int32_t add(NfaNode node);
  int32_t build_expression(int32_t expression, int32_t next);
  int32_t build_literal(const Expression& expression, int32_t next);
  int32_t build_set(const Expression& expression, int32_t next);
  int32_t build_repeat(const Expression& expression, int32_t next);

  const GrammarTree& tree_;
  std::vector<bool> inlined_;
  size_t most_nodes_;
  bool too_large_ = false;
  bool has_inlined_ = false;
  int32_t inline_depth_ = 0;
  std::vector<NfaNode> nodes_;
};

// Which rules are small and do not call themselves, so that they may be built into their callers.
std::vector<bool> rules_to_inline(const GrammarTree& tree);

}  // namespace nagare

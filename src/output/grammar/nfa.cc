#include "output/grammar/nfa.h"

#include <algorithm>
#include <utility>

#include "base/printable.h"
#include "output/grammar/utf8_ranges.h"

namespace nagare {
namespace {

// A rule is built into its callers up to this many nodes (its own callees included) …
constexpr int64_t kMostInlinedNodes = 600;
// … and this deep: builds recurse.
constexpr int32_t kMostInlineDepth = 24;

// The rules that an expression names, as children of the search below.
void append_rules(const GrammarTree& tree, int32_t expression, std::vector<int32_t>& rules) {
  std::vector<int32_t> open{expression};
  while (!open.empty()) {
    const Expression& e = tree.expressions[static_cast<size_t>(open.back())];
    open.pop_back();
    if (e.kind == Expression::Kind::kRule) rules.push_back(e.rule);
    open.insert(open.end(), e.children.begin(), e.children.end());
  }
}

class InlineSearch {
 public:
  explicit InlineSearch(const GrammarTree& tree)
      : tree_(tree), sizes_(tree.rules.size(), kUnknown), callees_(tree.rules.size()) {
    for (size_t rule = 0; rule < tree.rules.size(); ++rule) {
      append_rules(tree, tree.rules[rule].body, callees_[rule]);
    }
  }

  // Depth first without recursion: a rule's size is known once its callees' sizes are; a rule that is met
  // again on the way down is in a cycle.
  std::vector<bool> run() {
    for (int32_t rule = 0; rule < static_cast<int32_t>(sizes_.size()); ++rule) visit(rule);
    std::vector<bool> inlined(sizes_.size());
    for (size_t rule = 0; rule < sizes_.size(); ++rule) inlined[rule] = sizes_[rule] <= kMostInlinedNodes;
    return inlined;
  }

 private:
  static constexpr int64_t kUnknown = -2;
  static constexpr int64_t kOpen = -1;
  static constexpr int64_t kNever = int64_t{1} << 40;

  void visit(int32_t first) {
    std::vector<std::pair<int32_t, size_t>> path{{first, 0}};
    while (!path.empty()) {
      auto& [rule, next_callee] = path.back();
      int64_t& size = sizes_[static_cast<size_t>(rule)];
      if (size == kUnknown) size = kOpen;
      const auto& callees = callees_[static_cast<size_t>(rule)];
      if (size != kOpen || next_callee == callees.size()) {
        if (size == kOpen) size = size_of(tree_.rules[static_cast<size_t>(rule)].body);
        path.pop_back();
        continue;
      }
      const int32_t callee = callees[next_callee++];
      if (sizes_[static_cast<size_t>(callee)] == kOpen) {
        // Everything from the callee down to here calls itself.
        for (auto entry = path.rbegin(); entry != path.rend(); ++entry) {
          sizes_[static_cast<size_t>(entry->first)] = kNever;
          if (entry->first == callee) break;
        }
      } else if (sizes_[static_cast<size_t>(callee)] == kUnknown) {
        path.emplace_back(callee, 0);
      }
    }
  }

  // Expressions nest as deep as the parser allows, so this may recurse.
  int64_t size_of(int32_t expression) const {
    const Expression& e = tree_.expressions[static_cast<size_t>(expression)];
    int64_t size = 1;
    if (e.kind == Expression::Kind::kLiteral) size += static_cast<int64_t>(e.literal.size());
    if (e.kind == Expression::Kind::kSet) size += static_cast<int64_t>(e.set.size()) * 4;
    if (e.kind == Expression::Kind::kRule) {
      const int64_t rule = sizes_[static_cast<size_t>(e.rule)];
      size += rule > kMostInlinedNodes ? 1 : rule;
    }
    for (const int32_t child : e.children) size += size_of(child);
    if (e.kind == Expression::Kind::kRepeat) size *= std::max(e.most < 0 ? e.least + 1 : e.most, 1);
    return std::min(size, kNever);
  }

  const GrammarTree& tree_;
  std::vector<int64_t> sizes_;
  std::vector<std::vector<int32_t>> callees_;
};

}  // namespace

std::vector<bool> rules_to_inline(const GrammarTree& tree) {
  return InlineSearch(tree).run();
}

NfaBuilder::NfaBuilder(const GrammarTree& tree, std::vector<bool> inlined, size_t most_nodes)
    : tree_(tree), inlined_(std::move(inlined)), most_nodes_(most_nodes) {}

Result<int32_t> NfaBuilder::build(int32_t rule) {
  const int32_t end = add({.kind = NfaNode::Kind::kEnd});
  const int32_t first = build_expression(tree_.rules[static_cast<size_t>(rule)].body, end);
  if (too_large_) {
    return bad_input("grammar: more than {} nodes by the rule '{}'; use smaller repetitions",
                     grouped(most_nodes_), printable(tree_.rules[static_cast<size_t>(rule)].name));
  }
  return first;
}

int32_t NfaBuilder::add(NfaNode node) {
  if (nodes_.size() >= most_nodes_) too_large_ = true;
  if (too_large_) return 0;
  nodes_.push_back(node);
  return static_cast<int32_t>(nodes_.size()) - 1;
}

// Builds backwards: the node that begins the expression and goes on to `next`.
int32_t NfaBuilder::build_expression(int32_t expression, int32_t next) {
  if (too_large_) return 0;
  const Expression& e = tree_.expressions[static_cast<size_t>(expression)];
  switch (e.kind) {
    case Expression::Kind::kLiteral:
      return build_literal(e, next);
    case Expression::Kind::kSet:
      return build_set(e, next);
    case Expression::Kind::kRepeat:
      return build_repeat(e, next);
    case Expression::Kind::kSequence:
      for (size_t i = e.children.size(); i-- > 0;) next = build_expression(e.children[i], next);
      return next;
    case Expression::Kind::kChoice: {
      int32_t rest = build_expression(e.children.back(), next);
      for (size_t i = e.children.size() - 1; i-- > 0;) {
        const int32_t branch = build_expression(e.children[i], next);
        rest = add({.next = branch, .other_next = rest});
      }
      return rest;
    }
    case Expression::Kind::kRule: {
      if (!inlined_[static_cast<size_t>(e.rule)] || inline_depth_ == kMostInlineDepth) {
        return add({.kind = NfaNode::Kind::kCall, .rule = e.rule, .next = next});
      }
      has_inlined_ = true;
      ++inline_depth_;
      next = build_expression(tree_.rules[static_cast<size_t>(e.rule)].body, next);
      --inline_depth_;
      return next;
    }
  }
  return next;
}

int32_t NfaBuilder::build_literal(const Expression& expression, int32_t next) {
  for (size_t i = expression.literal.size(); i-- > 0;) {
    const auto byte = static_cast<uint8_t>(expression.literal[i]);
    next = add({.kind = NfaNode::Kind::kBytes, .first = byte, .last = byte, .next = next});
  }
  return next;
}

int32_t NfaBuilder::build_set(const Expression& expression, int32_t next) {
  std::vector<Utf8Sequence> sequences;
  for (const CodePointRange& range : expression.set) append_utf8_sequences(range, sequences);
  int32_t first = add({});  // a node without edges: nothing matches
  for (const Utf8Sequence& sequence : sequences) {
    int32_t branch = next;
    for (auto i = static_cast<size_t>(sequence.length); i-- > 0;) {
      branch = add({.kind = NfaNode::Kind::kBytes,
                    .first = sequence.first[i],
                    .last = sequence.last[i],
                    .next = branch});
    }
    first = add({.next = branch, .other_next = first});
  }
  return first;
}

int32_t NfaBuilder::build_repeat(const Expression& expression, int32_t next) {
  const int32_t child = expression.children[0];
  if (expression.most == kUnlimited) {
    const int32_t loop = add({});
    if (too_large_) return 0;
    const int32_t body = build_expression(child, loop);
    nodes_[static_cast<size_t>(loop)].next = body;
    nodes_[static_cast<size_t>(loop)].other_next = next;
    next = loop;
  } else {
    const int32_t after = next;
    for (int32_t i = expression.least; i < expression.most && !too_large_; ++i) {
      const int32_t body = build_expression(child, next);
      next = add({.next = body, .other_next = after});
    }
  }
  for (int32_t i = 0; i < expression.least && !too_large_; ++i) next = build_expression(child, next);
  return next;
}

}  // namespace nagare

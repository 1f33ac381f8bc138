#include "output/grammar/grammar.h"

#include <algorithm>
#include <queue>
#include <unordered_map>
#include <utility>

#include "base/out_of_memory.h"
#include "base/printable.h"
#include "output/grammar/grammar_parser.h"
#include "output/grammar/nfa.h"

namespace nagare {
namespace {

struct NodesHash {
  size_t operator()(const std::vector<int32_t>& nodes) const {
    uint64_t hash = 0xcbf29ce484222325u;
    for (const int32_t node : nodes) hash = (hash ^ static_cast<uint32_t>(node)) * 0x100000001b3u;
    return hash;
  }
};

}  // namespace

bool Grammar::takes_bytes(int32_t state) const {
  return takes_bytes_[static_cast<size_t>(state)];
}

// Makes each rule deterministic by the subset construction, then takes out what leads nowhere.
class GrammarCompiler {
 public:
  GrammarCompiler(const GrammarTree& tree, std::vector<bool> inlined)
      : tree_(tree), builder_(tree, std::move(inlined), kMostGrammarNodes) {}

  bool has_inlined() const { return builder_.has_inlined(); }

  Result<Grammar> compile() {
    RETURN_IF_ERROR(build_nodes());
    divide_bytes();
    seen_.assign(builder_.nodes().size(), 0);
    for (const int32_t rule : called_) RETURN_IF_ERROR(make_deterministic(rule));
    find_bytes_to_end();
    const int32_t start = grammar_.starts_[static_cast<size_t>(tree_.root)];
    if (grammar_.bytes_to_end_[static_cast<size_t>(start)] >= kNeverEnds) {
      return bad_input("{}", kNoTextMatches);
    }
    take_out_dead_ends();
    grammar_.root_ = tree_.root;
    return std::move(grammar_);
  }

 private:
  using Call = Grammar::Call;

  // The nodes of all rules that are called from the root, one way or another.
  Status build_nodes() {
    first_nodes_.assign(tree_.rules.size(), -1);
    called_.assign(1, tree_.root);
    std::vector<bool> known(tree_.rules.size());
    known[static_cast<size_t>(tree_.root)] = true;
    for (size_t i = 0; i < called_.size(); ++i) {
      const size_t first_new = builder_.nodes().size();
      ASSIGN_OR_RETURN(first_nodes_[static_cast<size_t>(called_[i])], builder_.build(called_[i]));
      for (size_t node = first_new; node < builder_.nodes().size(); ++node) {
        const NfaNode& n = builder_.nodes()[node];
        if (n.kind != NfaNode::Kind::kCall || known[static_cast<size_t>(n.rule)]) continue;
        known[static_cast<size_t>(n.rule)] = true;
        called_.push_back(n.rule);
      }
    }
    return {};
  }

  // Bytes that no edge tells apart are one class: neighbours, so a class is a range.
  void divide_bytes() {
    std::array<bool, 257> begins{};
    begins[0] = true;
    for (const NfaNode& node : builder_.nodes()) {
      if (node.kind != NfaNode::Kind::kBytes) continue;
      begins[node.first] = true;
      begins[static_cast<size_t>(node.last) + 1] = true;
    }
    uint8_t current = 0;
    for (size_t byte = 0; byte < 256; ++byte) {
      if (byte > 0 && begins[byte]) ++current;
      grammar_.byte_classes_[byte] = current;
    }
    grammar_.class_count_ = static_cast<size_t>(current) + 1;
    targets_.resize(grammar_.class_count_);
    grammar_.starts_.assign(tree_.rules.size(), kNoState);
    grammar_.first_calls_.assign(1, 0);
  }

  // Replaces `nodes` by all non-free nodes that free edges lead to, sorted.
  void close(std::vector<int32_t>& nodes) {
    ++seen_stamp_;
    open_.assign(nodes.begin(), nodes.end());
    nodes.clear();
    while (!open_.empty()) {
      const int32_t index = open_.back();
      open_.pop_back();
      ++steps_;
      if (index < 0 || seen_[static_cast<size_t>(index)] == seen_stamp_) continue;
      seen_[static_cast<size_t>(index)] = seen_stamp_;
      const NfaNode& node = builder_.nodes()[static_cast<size_t>(index)];
      if (node.kind == NfaNode::Kind::kFree) {
        open_.push_back(node.next);
        open_.push_back(node.other_next);
      } else {
        nodes.push_back(index);
      }
    }
    std::ranges::sort(nodes);
  }

  // The state for these nodes, which are closed here; new ones join the list of states to be filled.
  int32_t state_of(std::vector<int32_t> nodes) {
    close(nodes);
    if (nodes.empty()) return kNoState;
    const auto [known, added] = states_.try_emplace(std::move(nodes), state_count_);
    if (added) {
      ++state_count_;
      to_fill_.push_back(&known->first);
    }
    return known->second;
  }

  Status make_deterministic(int32_t rule) {
    states_.clear();
    to_fill_.clear();
    int32_t start = state_of({first_nodes_[static_cast<size_t>(rule)]});
    if (start == kNoState) {  // a rule that nothing matches still needs a state
      start = state_count_++;
      static const std::vector<int32_t> none;
      to_fill_.push_back(&none);
    }
    grammar_.starts_[static_cast<size_t>(rule)] = start;
    for (size_t i = 0; i < to_fill_.size(); ++i) {
      const bool too_large = static_cast<size_t>(state_count_) > kMostGrammarStates ||
                             grammar_.next_.size() > kMostGrammarEntries || steps_ > kMostGrammarSteps;
      if (too_large) {
        return bad_input(
            "grammar: more than {} states, or too much work to find them, by the rule '{}'; make it simpler",
            grouped(kMostGrammarStates), printable(tree_.rules[static_cast<size_t>(rule)].name));
      }
      fill(*to_fill_[i]);
    }
    return {};
  }

  void fill(const std::vector<int32_t>& nodes) {
    bool ends = false;
    calls_.clear();
    for (const int32_t index : nodes) {
      const NfaNode& node = builder_.nodes()[static_cast<size_t>(index)];
      if (node.kind == NfaNode::Kind::kEnd) ends = true;
      if (node.kind == NfaNode::Kind::kCall) calls_.emplace_back(node.rule, node.next);
      if (node.kind != NfaNode::Kind::kBytes) continue;
      const size_t last = grammar_.byte_classes_[node.last];
      for (size_t c = grammar_.byte_classes_[node.first]; c <= last; ++c) targets_[c].push_back(node.next);
    }
    for (size_t c = 0; c < targets_.size(); ++c) {
      // Neighbours often lead to the same nodes.
      const bool as_before = c > 0 && targets_[c] == targets_[c - 1];
      grammar_.next_.push_back(as_before ? grammar_.next_.back() : state_of(targets_[c]));
    }
    for (auto& targets : targets_) targets.clear();
    std::ranges::sort(calls_);
    for (size_t i = 0; i < calls_.size();) {
      const int32_t called = calls_[i].first;
      std::vector<int32_t> after;
      for (; i < calls_.size() && calls_[i].first == called; ++i) after.push_back(calls_[i].second);
      const int32_t next = state_of(std::move(after));
      if (next != kNoState) grammar_.calls_.push_back({called, next});
    }
    grammar_.first_calls_.push_back(static_cast<uint32_t>(grammar_.calls_.size()));
    grammar_.ends_.push_back(ends);
  }

  // Knuth's generalisation of Dijkstra's algorithm (1977): states in the order of their shortest ends. A
  // state ends after a byte and its next state's end, or after a called rule's shortest text and the state
  // behind.
  void find_bytes_to_end() {
    const auto count = static_cast<size_t>(state_count_);
    std::vector<std::vector<int32_t>> before(count);  // states with a byte edge to this one
    std::vector<std::vector<std::pair<int32_t, Call>>> calls_with(count);  // calls that need this state's end
    for (size_t state = 0; state < count; ++state) {
      int32_t last = kNoState;
      for (size_t c = 0; c < grammar_.class_count_; ++c) {
        const int32_t next = grammar_.next_[state * grammar_.class_count_ + c];
        if (next != kNoState && next != last)
          before[static_cast<size_t>(next)].push_back(static_cast<int32_t>(state));
        last = next;
      }
      for (const Call& call : grammar_.calls(static_cast<int32_t>(state))) {
        calls_with[static_cast<size_t>(grammar_.start(call.rule))].emplace_back(state, call);
        calls_with[static_cast<size_t>(call.next)].emplace_back(state, call);
      }
    }
    auto& bytes = grammar_.bytes_to_end_;
    bytes.assign(count, kNeverEnds);
    std::vector<bool> final(count);
    using Entry = std::pair<int32_t, int32_t>;  // bytes, state
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
    const auto offer = [&](int32_t state, int64_t value) {
      if (value >= bytes[static_cast<size_t>(state)]) return;
      bytes[static_cast<size_t>(state)] = static_cast<int32_t>(value);
      queue.emplace(static_cast<int32_t>(value), state);
    };
    for (size_t state = 0; state < count; ++state) {
      if (grammar_.ends_[state]) offer(static_cast<int32_t>(state), 0);
    }
    while (!queue.empty()) {
      const auto [value, state] = queue.top();
      queue.pop();
      if (final[static_cast<size_t>(state)]) continue;
      final[static_cast<size_t>(state)] = true;
      for (const int32_t previous : before[static_cast<size_t>(state)]) offer(previous, int64_t{value} + 1);
      for (const auto& [caller, call] : calls_with[static_cast<size_t>(state)]) {
        const auto start = static_cast<size_t>(grammar_.start(call.rule));
        const auto next = static_cast<size_t>(call.next);
        if (final[start] && final[next]) offer(caller, int64_t{bytes[start]} + bytes[next]);
      }
    }
  }

  void take_out_dead_ends() {
    const auto dead = [&](int32_t state) {
      return grammar_.bytes_to_end_[static_cast<size_t>(state)] >= kNeverEnds;
    };
    for (int32_t& next : grammar_.next_) {
      if (next != kNoState && dead(next)) next = kNoState;
    }
    std::vector<Call> calls;
    calls.reserve(grammar_.calls_.size());
    std::vector<uint32_t> first_calls{0};
    first_calls.reserve(grammar_.first_calls_.size());
    grammar_.takes_bytes_.reserve(static_cast<size_t>(state_count_));
    for (int32_t state = 0; state < state_count_; ++state) {
      for (const Call& call : grammar_.calls(state)) {
        if (!dead(grammar_.start(call.rule)) && !dead(call.next)) calls.push_back(call);
      }
      first_calls.push_back(static_cast<uint32_t>(calls.size()));
      const auto row =
          grammar_.next_.begin() + static_cast<int64_t>(static_cast<size_t>(state) * grammar_.class_count_);
      grammar_.takes_bytes_.push_back(std::any_of(row, row + static_cast<int64_t>(grammar_.class_count_),
                                                  [](int32_t next) { return next != kNoState; }));
    }
    grammar_.calls_ = std::move(calls);
    grammar_.first_calls_ = std::move(first_calls);
  }

  const GrammarTree& tree_;
  NfaBuilder builder_;
  Grammar grammar_;
  std::vector<int32_t> called_;       // rules, in the order in which they are found
  std::vector<int32_t> first_nodes_;  // by rule
  std::unordered_map<std::vector<int32_t>, int32_t, NodesHash> states_;  // of the rule at work
  std::vector<const std::vector<int32_t>*> to_fill_;
  int32_t state_count_ = 0;
  size_t steps_ = 0;
  std::vector<std::vector<int32_t>> targets_;  // by class, of the state at work
  std::vector<std::pair<int32_t, int32_t>> calls_;
  std::vector<int32_t> open_;
  std::vector<uint32_t> seen_;
  uint32_t seen_stamp_ = 0;
};

Result<Grammar> Grammar::parse(std::string_view text) {
  return or_out_of_memory("read the grammar", [&]() -> Result<Grammar> {
    ASSIGN_OR_RETURN(const GrammarTree tree, parse_grammar(text));
    return compile(tree);
  });
}

Result<Grammar> Grammar::compile(const GrammarTree& tree) {
  // Building rules into their callers makes matching faster, but may make the automata too large.
  GrammarCompiler compiler(tree, rules_to_inline(tree));
  Result<Grammar> grammar = compiler.compile();
  if (grammar || !compiler.has_inlined()) return grammar;
  return GrammarCompiler(tree, std::vector<bool>(tree.rules.size())).compile();
}

}  // namespace nagare

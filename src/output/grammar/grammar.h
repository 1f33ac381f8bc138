// A grammar, compiled: one deterministic automaton over bytes per rule, whose states may also call rules.
// Rules that do not call themselves are built into those that use them where that stays small, so that most
// of a text is a table look-up per byte. Immutable; matcher.h runs it.
//
// Everything in it leads somewhere: states from which no text can end are taken out, and a grammar that
// matches no text at all is an error.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "output/grammar/grammar_tree.h"

namespace nagare {

inline constexpr int32_t kNoState = -1;
inline constexpr int32_t kNeverEnds = 1 << 30;

// What a compiled grammar may take: nodes of the automata before they are made deterministic, states and
// entries of their table after, and steps on the way (about a second).
inline constexpr size_t kMostGrammarNodes = 1 << 20;
inline constexpr size_t kMostGrammarStates = 1 << 17;
inline constexpr size_t kMostGrammarEntries = 1 << 24;
inline constexpr size_t kMostGrammarSteps = 1 << 26;

// The error of a grammar that is well written and useless.
inline constexpr std::string_view kNoTextMatches = "grammar: no text matches it";

class Grammar {
 public:
  // In a state, `rule` may begin here; after it the text goes on in `next`.
  struct Call {
    int32_t rule = 0;
    int32_t next = 0;
  };

  static Result<Grammar> parse(std::string_view text);
  static Result<Grammar> compile(const GrammarTree& tree);

  int32_t root() const { return root_; }
  int32_t rule_count() const { return static_cast<int32_t>(starts_.size()); }
  int32_t state_count() const { return static_cast<int32_t>(ends_.size()); }
  int32_t start(int32_t rule) const { return starts_[static_cast<size_t>(rule)]; }

  // The state after `byte`, or kNoState.
  int32_t next(int32_t state, uint8_t byte) const {
    return next_[static_cast<size_t>(state) * class_count_ + byte_classes_[byte]];
  }
  std::span<const Call> calls(int32_t state) const {
    const auto first = first_calls_[static_cast<size_t>(state)];
    return std::span(calls_).subspan(first, first_calls_[static_cast<size_t>(state) + 1] - first);
  }
  // May the rule end in this state?
  bool ends(int32_t state) const { return ends_[static_cast<size_t>(state)]; }
  // The least number of bytes until the rule can end.
  int32_t bytes_to_end(int32_t state) const { return bytes_to_end_[static_cast<size_t>(state)]; }
  // May a byte come in this state, and not only a call or the end?
  bool takes_bytes(int32_t state) const;
  // Nothing but the end of the rule follows.
  bool only_ends(int32_t state) const { return ends(state) && calls(state).empty() && !takes_bytes(state); }

 private:
  friend class GrammarCompiler;
  Grammar() = default;

  int32_t root_ = 0;
  std::array<uint8_t, 256> byte_classes_{};
  size_t class_count_ = 0;
  std::vector<int32_t> starts_;  // by rule; kNoState where the rule is never called
  std::vector<int32_t> next_;    // [state, class]
  std::vector<bool> ends_;
  std::vector<bool> takes_bytes_;
  std::vector<uint32_t> first_calls_;  // [state + 1]
  std::vector<Call> calls_;
  std::vector<int32_t> bytes_to_end_;
};

}  // namespace nagare

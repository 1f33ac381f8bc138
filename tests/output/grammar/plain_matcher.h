// What a grammar means, by the plain definition: which parts of a text each rule matches, found by repeating
// the definition until nothing is added. Slow and obviously right; nothing in common with the engine.
#pragma once

#include <set>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "output/grammar/grammar_tree.h"

namespace nagare::test {

class PlainMatcher {
 public:
  PlainMatcher(const GrammarTree& tree, std::string_view text)
      : tree_(tree), text_(text), ends_(tree.rules.size(), std::vector<std::set<size_t>>(text.size() + 1)) {
    for (bool grew = true; grew;) {
      grew = false;
      for (size_t rule = 0; rule < tree.rules.size(); ++rule) {
        for (size_t start = 0; start <= text.size(); ++start) {
          const auto found = match(tree.rules[rule].body, start);
          auto& known = ends_[rule][start];
          const size_t before = known.size();
          known.insert(found.begin(), found.end());
          grew = grew || known.size() > before;
        }
      }
    }
  }

  bool matches() const { return ends_[static_cast<size_t>(tree_.root)][0].contains(text_.size()); }

 private:
  std::set<size_t> match(int32_t expression, size_t start) const {
    const Expression& e = tree_.expressions[static_cast<size_t>(expression)];
    switch (e.kind) {
      case Expression::Kind::kLiteral:
        if (text_.substr(start).starts_with(e.literal)) return {start + e.literal.size()};
        return {};
      case Expression::Kind::kSet: {
        if (start == text_.size()) return {};
        const Utf8Char c = decode_utf8(text_.data() + start, text_.data() + text_.size());
        for (const CodePointRange& range : e.set) {
          if (c.valid && range.first <= c.code_point && c.code_point <= range.last)
            return {start + c.byte_count};
        }
        return {};
      }
      case Expression::Kind::kRule:
        return ends_[static_cast<size_t>(e.rule)][start];
      case Expression::Kind::kSequence: {
        std::set<size_t> ends{start};
        for (const int32_t child : e.children) ends = match_from(child, ends);
        return ends;
      }
      case Expression::Kind::kChoice: {
        std::set<size_t> ends;
        for (const int32_t child : e.children) ends.merge(match(child, start));
        return ends;
      }
      case Expression::Kind::kRepeat:
        return match_repeat(e, start);
    }
    return {};
  }

  std::set<size_t> match_from(int32_t expression, const std::set<size_t>& starts) const {
    std::set<size_t> ends;
    for (const size_t start : starts) ends.merge(match(expression, start));
    return ends;
  }

  std::set<size_t> match_repeat(const Expression& e, size_t start) const {
    std::set<size_t> now{start};
    std::set<size_t> ends;
    // After as many rounds as the text has bytes, more of them add only empty matches.
    const auto most = e.most == kUnlimited ? e.least + static_cast<int32_t>(text_.size()) + 1 : e.most;
    for (int32_t round = 0; round <= most; ++round) {
      if (round >= e.least) ends.insert(now.begin(), now.end());
      now = match_from(e.children[0], now);
    }
    return ends;
  }

  const GrammarTree& tree_;
  std::string_view text_;
  std::vector<std::vector<std::set<size_t>>> ends_;  // by rule and start
};

}  // namespace nagare::test

#include "output/grammar/grammar_parser.h"

#include <algorithm>
#include <unordered_map>

#include "base/printable.h"
#include "base/utf8.h"
#include "output/grammar/code_point_set.h"

namespace nagare {
namespace {

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<GrammarTree> parse() {
    skip_space();
    while (at_ < text_.size()) RETURN_IF_ERROR(parse_rule());
    for (const GrammarRule& rule : tree_.rules) {
      if (rule.body < 0) return bad_input("grammar: the rule '{}' is used but not defined", rule.name);
    }
    const auto root = rule_ids_.find("root");
    if (root == rule_ids_.end()) return bad_input("grammar: it has no rule 'root', where a text begins");
    tree_.root = root->second;
    return std::move(tree_);
  }

 private:
  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // "grammar line 3: expected …"
  template <class... Args>
  std::unexpected<Error> error(fmt::format_string<Args...> format, Args&&... args) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<int64_t>(at_), '\n');
    return bad_input("grammar line {}: {}", line, fmt::format(format, std::forward<Args>(args)...));
  }

  void skip_space() {
    while (!at_end()) {
      const char c = text_[at_];
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        ++at_;
      } else {
        return;
      }
    }
  }

  std::string_view take_name() {
    const size_t start = at_;
    while (!at_end() && is_name(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  // Does a rule's head, `name ::=`, begin here?
  bool at_rule_head() const {
    size_t next = at_;
    while (next < text_.size() && is_name(text_[next])) ++next;
    if (next == at_) return false;
    while (next < text_.size() && (text_[next] == ' ' || text_[next] == '\t')) ++next;
    return text_.substr(next).starts_with("::=");
  }

  int32_t rule_id(std::string_view name) {
    const auto [known, added] =
        rule_ids_.try_emplace(std::string(name), static_cast<int32_t>(tree_.rules.size()));
    if (added) tree_.rules.push_back({.name = std::string(name)});
    return known->second;
  }

  int32_t add(Expression expression) {
    tree_.expressions.push_back(std::move(expression));
    return static_cast<int32_t>(tree_.expressions.size()) - 1;
  }

  Status parse_rule() {
    if (!at_rule_head())
      return error("expected a rule, 'name ::= …', at '{}'", printable(text_.substr(at_), 20));
    const int32_t id = rule_id(take_name());
    if (tree_.rules[static_cast<size_t>(id)].body >= 0) {
      return error("the rule '{}' is defined twice", tree_.rules[static_cast<size_t>(id)].name);
    }
    skip_space();
    at_ += 3;
    ASSIGN_OR_RETURN(const int32_t body, parse_choice(0));
    tree_.rules[static_cast<size_t>(id)].body = body;
    return {};
  }

  Result<int32_t> parse_choice(int32_t depth) {
    if (depth > kMostNesting) return error("parentheses are nested more than {} deep", kMostNesting);
    Expression choice{.kind = Expression::Kind::kChoice};
    do {
      ASSIGN_OR_RETURN(const int32_t sequence, parse_sequence(depth));
      choice.children.push_back(sequence);
    } while (take('|'));
    return choice.children.size() == 1 ? choice.children[0] : add(std::move(choice));
  }

  Result<int32_t> parse_sequence(int32_t depth) {
    Expression sequence{.kind = Expression::Kind::kSequence};
    for (;;) {
      skip_space();
      if (at_end() || peek() == '|' || peek() == ')' || at_rule_head()) break;
      ASSIGN_OR_RETURN(int32_t item, parse_item(depth));
      ASSIGN_OR_RETURN(item, parse_repetitions(item));
      sequence.children.push_back(item);
    }
    return sequence.children.size() == 1 ? sequence.children[0] : add(std::move(sequence));
  }

  Result<int32_t> parse_item(int32_t depth) {
    if (is_name(peek())) return add({.kind = Expression::Kind::kRule, .rule = rule_id(take_name())});
    if (take('"')) return parse_literal();
    if (take('[')) return parse_set();
    if (take('.')) return add({.kind = Expression::Kind::kSet, .set = normal_set({}, true)});
    if (take('(')) {
      ASSIGN_OR_RETURN(const int32_t group, parse_choice(depth + 1));
      if (!take(')')) return error("a parenthesis is not closed");
      return group;
    }
    return error("unexpected '{}'", printable(text_.substr(at_), 20));
  }

  // One character of a literal or set, escapes resolved.
  Result<char32_t> take_character() {
    if (at_end()) return error("the text ends inside a literal or set");
    if (take('\\')) return take_escape();
    const Utf8Char c = decode_utf8(text_.data() + at_, text_.data() + text_.size());
    if (!c.valid) return error("not valid UTF-8");
    at_ += c.byte_count;
    return c.code_point;
  }

  Result<char32_t> take_escape() {
    const char c = peek();
    if (at_end()) return error("the text ends inside an escape");
    ++at_;
    switch (c) {
      case 'n':
        return U'\n';
      case 'r':
        return U'\r';
      case 't':
        return U'\t';
      case 'x':
        return take_hex(2);
      case 'u':
        return take_hex(4);
      case 'U':
        return take_hex(8);
      case '\\':
      case '"':
      case '[':
      case ']':
      case '-':
      case '^':
        return static_cast<char32_t>(c);
      default:
        return error("unknown escape '\\{}'", printable(std::string_view(&c, 1)));
    }
  }

  Result<char32_t> take_hex(int digits) {
    uint64_t code_point = 0;
    for (int i = 0; i < digits; ++i) {
      const int value = hex_value(peek());
      if (value < 0) return error("expected {} hexadecimal digits", digits);
      code_point = code_point * 16 + static_cast<uint64_t>(value);
      ++at_;
    }
    if (code_point > kLastCodePoint || (code_point >= kFirstSurrogate && code_point <= kLastSurrogate)) {
      return error("{:x} is not a Unicode character", code_point);
    }
    return static_cast<char32_t>(code_point);
  }

  Result<int32_t> parse_literal() {
    Expression literal{.kind = Expression::Kind::kLiteral};
    while (!take('"')) {
      ASSIGN_OR_RETURN(const char32_t character, take_character());
      append_utf8(literal.literal, character);
    }
    return add(std::move(literal));
  }

  Result<int32_t> parse_set() {
    const bool inverted = take('^');
    std::vector<CodePointRange> ranges;
    while (!take(']')) {
      ASSIGN_OR_RETURN(const char32_t first, take_character());
      char32_t last = first;
      // A '-' before the end is itself.
      if (peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
        ++at_;
        ASSIGN_OR_RETURN(last, take_character());
      }
      if (last < first) return error("a range of a set ends before it begins");
      ranges.push_back({first, last});
    }
    return add({.kind = Expression::Kind::kSet, .set = normal_set(std::move(ranges), inverted)});
  }

  Result<int32_t> parse_repetitions(int32_t item) {
    // Each one nests the item one deeper.
    for (int32_t count = 0; count <= kMostStackedRepetitions; ++count) {
      int32_t least = 0;
      int32_t most = kUnlimited;
      if (take('*')) {
      } else if (take('+')) {
        least = 1;
      } else if (take('?')) {
        most = 1;
      } else if (take('{')) {
        RETURN_IF_ERROR(parse_counts(least, most));
      } else {
        return item;
      }
      item = add({.kind = Expression::Kind::kRepeat, .children = {item}, .least = least, .most = most});
    }
    return error("more than {} repetitions of repetitions", kMostStackedRepetitions);
  }

  // After '{': m} m,} m,n} ,n}
  Status parse_counts(int32_t& least, int32_t& most) {
    ASSIGN_OR_RETURN(const int32_t first, take_number());
    least = std::max(first, 0);
    most = first;
    skip_space();
    if (take(',')) {
      skip_space();
      ASSIGN_OR_RETURN(most, take_number());
      if (first < 0 && most < 0) return error("a repetition needs a number");
    } else if (first < 0) {
      return error("a repetition needs a number");
    }
    skip_space();
    if (!take('}')) return error("a repetition is not closed with '}}'");
    if (most >= 0 && most < least) return error("a repetition from {} to {}", least, most);
    return {};
  }

  // kUnlimited where there is none.
  Result<int32_t> take_number() {
    if (peek() < '0' || peek() > '9') return kUnlimited;
    int64_t number = 0;
    while (peek() >= '0' && peek() <= '9') {
      number = std::min<int64_t>(number * 10 + (peek() - '0'), int64_t{kMostRepetitions} + 1);
      ++at_;
    }
    if (number > kMostRepetitions) return error("a repetition of more than {}", kMostRepetitions);
    return static_cast<int32_t>(number);
  }

  std::string_view text_;
  size_t at_ = 0;
  GrammarTree tree_;
  std::unordered_map<std::string, int32_t> rule_ids_;
};

}  // namespace

Result<GrammarTree> parse_grammar(std::string_view text) {
  if (text.size() > kMostGrammarBytes) {
    return bad_input("grammar: {} bytes; at most {} are read", grouped(text.size()),
                     grouped(kMostGrammarBytes));
  }
  return Parser(text).parse();
}

}  // namespace nagare

#include "output/schema/pattern.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/printable.h"
#include "base/utf8.h"
#include "output/grammar/code_point_set.h"
#include "output/grammar/grammar_parser.h"

namespace nagare {
namespace {

constexpr int kMostGroups = 30;  // nested

using Set = std::vector<CodePointRange>;

const Set& digits() {
  static const Set kSet{{'0', '9'}};
  return kSet;
}
const Set& word_characters() {
  static const Set kSet{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
  return kSet;
}
const Set& white_space() {
  static const Set kSet{{'\t', '\r'}, {' ', ' '}, {0xA0, 0xA0}};
  return kSet;
}
// What `.` is not: line ends, and controls, which no answer needs.
const Set& line_ends_and_controls() {
  static const Set kSet{{0, 0x08}, {0x0A, 0x1F}, {0x7F, 0x7F}, {0x2028, 0x2029}};
  return kSet;
}
// What may stand where a pattern is not anchored.
const Set& any_character() {
  static const Set kSet{{0x20, 0x7E}, {0x80, kFirstSurrogate - 1}, {kLastSurrogate + 1, kLastCodePoint}};
  return kSet;
}

class PatternParser {
 public:
  explicit PatternParser(std::string_view pattern) : text_(pattern) {}

  Result<std::string> parse() {
    const std::string any = json_character(any_character()) + "*";
    std::string choices;
    do {
      // Where a side is not anchored, anything may stand there.
      const bool from_start = take('^');
      ASSIGN_OR_RETURN(const std::string sequence, parse_sequence(0));
      const bool to_end = take('$');
      if (!at_end() && peek() != '|') return error("'{}' is not known here", std::string(1, peek()));
      choices += (choices.empty() ? "" : " | ") + (from_start ? "" : any + " ") + sequence +
                 (to_end ? "" : " " + any);
    } while (take('|'));
    return "(" + choices + ")";
  }

 private:
  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  template <class... Args>
  std::unexpected<Error> error(fmt::format_string<Args...> format, Args&&... args) const {
    return bad_input("pattern '{}': {}", printable(text_, 60),
                     fmt::format(format, std::forward<Args>(args)...));
  }

  Result<std::string> parse_sequence(int depth) {
    std::string sequence = "\"\"";
    while (!at_end() && peek() != '|' && peek() != ')' && peek() != '$') {
      ASSIGN_OR_RETURN(const std::string item, parse_item(depth));
      ASSIGN_OR_RETURN(const std::string repetition, parse_repetition());
      sequence += " " + item + repetition;
    }
    return sequence;
  }

  Result<std::string> parse_item(int depth) {
    if (take('(')) return parse_group(depth);
    if (take('[')) {
      ASSIGN_OR_RETURN(const Set set, parse_class());
      return json_character(set);
    }
    if (take('.')) return json_character(normal_set(line_ends_and_controls(), true));
    if (std::string_view("*+?{^").contains(peek()))
      return error("'{}' is not known here", std::string(1, peek()));
    if (take('\\')) {
      if (std::string_view("dDwWsS").contains(peek())) return json_character(take_class_letter());
      ASSIGN_OR_RETURN(const char32_t escaped, take_escape());
      return json_character({{escaped, escaped}});
    }
    ASSIGN_OR_RETURN(const char32_t c, take_character());
    return json_character({{c, c}});
  }

  Result<std::string> parse_group(int depth) {
    if (depth == kMostGroups) return error("groups are nested more than {} deep", kMostGroups);
    if (take("?<") && peek() != '=' && peek() != '!') {  // a name
      at_ = std::min(text_.find('>', at_), text_.size());
      if (!take('>')) return error("the name of a group has no end");
    } else if (!take("?:") && (peek() == '?' || (at_ > 0 && text_[at_ - 1] == '<'))) {
      return error("look-around is not known");
    }
    std::string choices;
    do {
      ASSIGN_OR_RETURN(const std::string sequence, parse_sequence(depth + 1));
      choices += (choices.empty() ? "" : " | ") + sequence;
    } while (take('|'));
    if (!take(')')) return error("a group is not closed, or has an anchor inside");
    return "(" + choices + ")";
  }

  // "", "*", "{2,3}": a lazy one matches the same texts.
  Result<std::string> parse_repetition() {
    std::string repetition;
    for (const char c : {'*', '+', '?'}) {
      if (repetition.empty() && take(c)) repetition = c;
    }
    if (repetition.empty() && take('{')) {
      const size_t close = text_.find('}', at_);
      const std::string_view counts = text_.substr(at_, close - at_);
      const bool known = close != std::string_view::npos && !counts.empty() && counts.size() < 16 &&
                         counts[0] != ',' &&
                         counts.find_first_not_of("0123456789,") == std::string_view::npos;
      if (!known) return error("a repetition is not of the form {{m}}, {{m,}} or {{m,n}}");
      repetition = "{" + std::string(counts) + "}";
      at_ = close + 1;
    }
    if (!repetition.empty()) take('?');
    if (!repetition.empty() && std::string_view("*+?").contains(peek()) && !at_end()) {
      return error("a repetition of a repetition");
    }
    return repetition;
  }

  Set take_class_letter() {
    const char letter = text_[at_++];
    const bool inverted = letter < 'a';
    const char lower = inverted ? static_cast<char>(letter + ('a' - 'A')) : letter;
    const Set& set = lower == 'd' ? digits() : lower == 'w' ? word_characters() : white_space();
    return normal_set(set, inverted);
  }

  Result<Set> parse_class() {
    const bool inverted = take('^');
    Set set;
    while (!take(']')) {
      if (at_end()) return error("a class is not closed");
      if (peek() == '\\' && at_ + 1 < text_.size() && std::string_view("dDwWsS").contains(text_[at_ + 1])) {
        ++at_;
        const Set letters = take_class_letter();
        set.insert(set.end(), letters.begin(), letters.end());
        continue;
      }
      ASSIGN_OR_RETURN(const char32_t first, take_class_character());
      char32_t last = first;
      if (peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
        ++at_;
        ASSIGN_OR_RETURN(last, take_class_character());
      }
      if (last < first) return error("a range of a class ends before it begins");
      set.push_back({first, last});
    }
    return normal_set(std::move(set), inverted);
  }

  Result<char32_t> take_class_character() {
    if (!take('\\')) return take_character();
    if (take('b')) return U'\b';
    return take_escape();
  }

  Result<char32_t> take_character() {
    if (at_end()) return error("it ends too early");
    const Utf8Char c = decode_utf8(text_.data() + at_, text_.data() + text_.size());
    at_ += c.byte_count;
    return c.code_point;
  }

  // After the backslash.
  Result<char32_t> take_escape() {
    ASSIGN_OR_RETURN(const char32_t c, take_character());
    static constexpr std::array<std::pair<char32_t, char32_t>, 6> kLetters{
        {{'n', '\n'}, {'r', '\r'}, {'t', '\t'}, {'f', '\f'}, {'v', '\v'}, {'0', '\0'}}};
    for (const auto& [letter, meaning] : kLetters) {
      if (c == letter) return meaning;
    }
    if (c == 'x') return take_hex(2);
    if (c == 'u') return take_hex(4);
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (is_letter) return error("the escape '\\{}' is not known", static_cast<char>(c));
    return c;
  }

  Result<char32_t> take_hex(size_t count) {
    const std::string_view hex = text_.substr(at_, count);
    if (hex.size() < count || hex.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) {
      return error("an escape needs {} hexadecimal digits", count);
    }
    at_ += count;
    const auto value = static_cast<char32_t>(std::stoul(std::string(hex), nullptr, 16));
    if (value >= kFirstSurrogate && value <= kLastSurrogate) return error("a surrogate is no character");
    return value;
  }

  std::string_view text_;
  size_t at_ = 0;
};

bool contains(const Set& set, char32_t c) {
  return std::ranges::any_of(
      set, [&](const CodePointRange& range) { return range.first <= c && c <= range.last; });
}

}  // namespace

std::string json_character(const std::vector<CodePointRange>& set) {
  // What JSON cannot write as it is: controls, the quote, the backslash.
  static constexpr std::array<std::pair<char32_t, std::string_view>, 7> kShort{
      {{'"', "\""}, {'\\', "\\"}, {'\b', "b"}, {'\f', "f"}, {'\n', "n"}, {'\r', "r"}, {'\t', "t"}}};
  Set plain;
  for (const CodePointRange& range : set) {
    char32_t next = std::max<char32_t>(range.first, 0x20);
    for (const char32_t escaped : {U'"', U'\\', U'\x7F'}) {
      if (next > escaped || escaped > range.last) continue;
      if (next < escaped) plain.push_back({next, escaped - 1});
      next = escaped + 1;
    }
    if (next <= range.last) plain.push_back({next, range.last});
  }
  std::string choices = grammar_set(plain);
  for (const auto& [c, letter] : kShort) {
    if (contains(set, c)) choices += " | " + grammar_literal("\\" + std::string(letter));
  }
  for (char32_t c = 0; c < 0x80; c = c == 0x1F ? 0x7F : c + 1) {
    const bool is_short = std::ranges::any_of(kShort, [&](const auto& known) { return known.first == c; });
    if (!is_short && (c < 0x20 || c == 0x7F) && contains(set, c)) {
      choices += " | " + grammar_literal(fmt::format("\\u{:04x}", static_cast<uint32_t>(c)));
    }
  }
  return "(" + choices + ")";
}

Result<std::string> pattern_to_grammar(std::string_view pattern) {
  return PatternParser(pattern).parse();
}

}  // namespace nagare

#include "solve/problem_line.h"

#include <algorithm>
#include <charconv>

namespace nagare {
namespace {

constexpr size_t kMaxLineBytes = 4096;

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '+' || c == '-';
}

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_word_character);
}

std::string_view next_word(std::string_view& rest) {
  while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
  const size_t end = std::min(rest.find_first_of(" \t"), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

// For messages: a bounded, printable part of what was given.
std::string excerpt(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, 40)) shown += c >= 0x20 && c < 0x7f ? c : '?';
  return text.size() > 40 ? shown + "…" : shown;
}

}  // namespace

Result<ProblemLine> ProblemLine::parse(std::string_view text) {
  if (text.size() > kMaxLineBytes) {
    return bad_input("problem line: {} bytes, more than the {} that any problem needs", text.size(),
                     kMaxLineBytes);
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  const std::string_view op = next_word(text);
  if (!is_word(op))
    return bad_input("problem line: '{}' is not an op; write e.g. 'gemm m=1 n=64 k=64 …'", excerpt(op));
  ProblemLine line{std::string(op)};
  for (std::string_view word = next_word(text); !word.empty(); word = next_word(text)) {
    const size_t equals = word.find('=');
    if (equals == std::string_view::npos || !is_word(word.substr(0, equals)) ||
        !is_word(word.substr(equals + 1))) {
      return bad_input("problem line: '{}' is not of the form key=value", excerpt(word));
    }
    const std::string_view key = word.substr(0, equals);
    if (line.find(key) != nullptr) return bad_input("problem line: '{}' is given twice", excerpt(key));
    line.add(key, word.substr(equals + 1));
  }
  return line;
}

std::string ProblemLine::print() const {
  std::string out = op_;
  for (const auto& [key, value] : fields_) out += fmt::format(" {}={}", key, value);
  return out;
}

ProblemLine& ProblemLine::add(std::string_view key, std::string_view value) {
  fields_.emplace_back(key, value);
  return *this;
}

ProblemLine& ProblemLine::add(std::string_view key, int64_t value) {
  return add(key, fmt::format("{}", value));
}

const std::string* ProblemLine::find(std::string_view key) const {
  for (const auto& [k, v] : fields_) {
    if (k == key) return &v;
  }
  return nullptr;
}

Result<std::string> ProblemLine::text(std::string_view key) const {
  const std::string* value = find(key);
  if (value == nullptr) return bad_input("{} problem: '{}' is missing", op_, key);
  return *value;
}

std::string ProblemLine::text_or(std::string_view key, std::string_view fallback) const {
  const std::string* value = find(key);
  return std::string(value == nullptr ? fallback : std::string_view(*value));
}

Result<int64_t> ProblemLine::integer(std::string_view key, int64_t lowest, int64_t highest) const {
  ASSIGN_OR_RETURN(const std::string word, text(key));
  int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || value < lowest || value > highest) {
    return bad_input("{} problem: {}={} must be a whole number from {} to {}", op_, key, word, lowest,
                     highest);
  }
  return value;
}

Result<int64_t> ProblemLine::integer_or(std::string_view key, int64_t lowest, int64_t highest,
                                        int64_t fallback) const {
  return find(key) == nullptr ? Result<int64_t>(fallback) : integer(key, lowest, highest);
}

Status ProblemLine::only(std::initializer_list<std::string_view> known) const {
  for (const auto& [key, value] : fields_) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return bad_input("{} problem: no field is called '{}'; there are: {}", op_, key,
                       fmt::join(known, ", "));
    }
  }
  return {};
}

}  // namespace nagare

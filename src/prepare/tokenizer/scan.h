// The small vocabulary that the pre-tokenizers' scanners are written in: look at a character, run over a
// class. All of it works on valid UTF-8.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "prepare/tokenizer/char_class.h"

namespace nagare::scan {

struct Char {
  char32_t code_point = 0;
  uint16_t classes = 0;    // CharClass bits; none past the end
  uint8_t byte_count = 0;  // 0 past the end

  bool is(uint16_t mask) const { return (classes & mask) != 0; }
  // There is a character, and it is of none of these classes.
  bool is_none_of(uint16_t mask) const { return byte_count != 0 && (classes & mask) == 0; }
};

inline Char peek(const char* at, const char* end) {
  if (at >= end) return {};
  const auto lead = static_cast<uint8_t>(*at);
  if (lead < 0x80) return {lead, kAsciiClasses[lead], 1};
  const Utf8Char c = decode_utf8(at, end);
  return {c.code_point, wide_char_class(c.code_point), c.byte_count};
}

// The end of the run of characters that are in `mask`.
inline const char* skip_while(const char* at, const char* end, uint16_t mask) {
  for (;;) {
    const Char c = peek(at, end);
    if (!c.is(mask)) return at;
    at += c.byte_count;
  }
}

// The end of the run of characters that are not in `mask`.
inline const char* skip_until(const char* at, const char* end, uint16_t mask) {
  for (;;) {
    const Char c = peek(at, end);
    if (!c.is_none_of(mask)) return at;
    at += c.byte_count;
  }
}

inline const char* skip_newlines(const char* at, const char* end) {
  while (at < end && (*at == '\r' || *at == '\n')) ++at;
  return at;
}

// What white space at `at` becomes:  \s*[\r\n]+ (with_newlines) | \s+(?!\S) | \s+
// That is: all up to the last line end; else all but the last, which goes with the word that follows; else
// all.
inline const char* skip_white_space(const char* at, const char* end, bool with_newlines) {
  const char* last = at;
  const char* after_newline = nullptr;
  const char* run_end = at;
  for (;;) {
    const Char c = peek(run_end, end);
    if (!c.is(kSpace)) break;
    last = run_end;
    run_end += c.byte_count;
    if (c.is(kNewline)) after_newline = run_end;
  }
  if (with_newlines && after_newline != nullptr) return after_newline;
  return run_end == end || last == at ? run_end : last;
}

// The length of 's 't 're 've 'm 'll 'd at `at`, or 0.
inline int contraction_bytes(const char* at, const char* end, bool any_case) {
  if (end - at < 2 || *at != '\'') return 0;
  const auto letter = [&](int i) {
    const char c = at[i];
    return any_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  };
  const char first = letter(1);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
  if (end - at < 3) return 0;
  const char second = letter(2);
  const bool long_one =
      (first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l');
  return long_one ? 3 : 0;
}

// Collects where words end; what lies between two matches is a word too.
class Words {
 public:
  Words(std::string_view text, std::vector<uint32_t>& ends) : begin_(text.data()), ends_(ends) {}
  void end_at(const char* at) {
    if (at == last_) return;
    ends_.push_back(static_cast<uint32_t>(at - begin_));
    last_ = at;
  }

 private:
  const char* begin_;
  const char* last_ = begin_;
  std::vector<uint32_t>& ends_;
};

enum class RunPrefix : uint8_t { kNone, kBlank, kAnySpace };  // nothing, " ?" or "\s?" before the run

// Every run of characters that are InClass, at most `max_count` long (0: no limit), becomes a word; so does
// what lies between. InClass: bool(const Char&).
template <RunPrefix kPrefix, int kMaxCount, class InClass>
void isolate_runs(std::string_view text, std::vector<uint32_t>& word_ends, const InClass& in_class) {
  Words words(text, word_ends);
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    const Char first = peek(at, end);
    const char* next = at;
    if constexpr (kPrefix != RunPrefix::kNone) {
      const bool is_prefix = kPrefix == RunPrefix::kBlank ? first.code_point == ' ' : first.is(kSpace);
      if (is_prefix) {
        const Char second = peek(at + first.byte_count, end);
        if (second.byte_count != 0 && in_class(second)) next = at + first.byte_count;
      }
    }
    if (next == at && !in_class(first)) {
      at += first.byte_count;
      continue;
    }
    words.end_at(at);
    for (int count = 0; kMaxCount == 0 || count < kMaxCount; ++count) {
      const Char c = peek(next, end);
      if (c.byte_count == 0 || !in_class(c)) break;
      next += c.byte_count;
    }
    words.end_at(next);
    at = next;
  }
  words.end_at(end);
}

}  // namespace nagare::scan

// The word rules of GPT-4 and its many kin (cl100k, o200k, Llama 3, Qwen, …): one regular expression whose
// parts differ from model to model, written once with the differences as a compile-time value.
//
//   (?i:'s|'t|'re|'ve|'m|'ll|'d) | [^\r\n\p{L}\p{N}]?\p{L}+ | \p{N}{1,3} | ?[^\s\p{L}\p{N}]+[\r\n]* |
//   \s*[\r\n]+ | \s+(?!\S) | \s+
#pragma once

#include <array>

#include "prepare/tokenizer/scan.h"

namespace nagare::scan {

enum class Contractions : uint8_t {
  kNone,
  kApart,   // a word of their own
  kOnWord,  // the end of the word before them
};
enum class Letters : uint8_t {
  kPlain,      // \p{L}+
  kWithMarks,  // [\p{L}\p{M}]+
  kCased,      // o200k: [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+ , or + and * the other way
  kSpaced,     // (?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+ : single spaces stay inside
};
enum class PunctuationTail : uint8_t {
  kNone,
  kNewlines,           // [\r\n]*
  kNewlinesSlashes,    // [\r\n/]*
  kOneNewlineOrSlash,  // [\r\n/]?
};
enum class WhiteSpace : uint8_t {
  kToLastNewline,  // \s*[\r\n]+ | \s+(?!\S) | \s+
  kCascade,        // \s*[\r\n]+ | \s{512}(?!\S) | \s{256}(?!\S) | … | \s{4}(?!\S) | \s{1,2}(?!\S) | \s
};

struct WordRules {
  Contractions contractions = Contractions::kApart;
  Letters letters = Letters::kPlain;
  int max_digits = 1;      // 0: no limit
  bool han_apart = false;  // [\p{Han}]+ before all else, and no Han among the letters of a word
  bool marks_are_punctuation = true;
  PunctuationTail tail = PunctuationTail::kNewlines;
  WhiteSpace white_space = WhiteSpace::kToLastNewline;
};

template <WordRules kRules>
class WordScanner {
 public:
  static void split(std::string_view text, std::vector<uint32_t>& word_ends) {
    Words words(text, word_ends);
    const char* at = text.data();
    WordScanner scanner(at + text.size());
    while (at < scanner.end_) {
      at = scanner.next(at);
      words.end_at(at);
    }
  }

 private:
  static constexpr uint16_t kHan = 1 << 15;  // beside CharClass's bits, only where han_apart

  explicit WordScanner(const char* end) : end_(end) {}

  Char look(const char* at) const {
    Char c = peek(at, end_);
    if constexpr (kRules.han_apart) {
      if (c.code_point >= 0x80 && is_han(c.code_point)) c.classes |= kHan;
    }
    return c;
  }

  // The end of the word that begins at `at`.
  const char* next(const char* at) {
    const Char first = look(at);
    if constexpr (kRules.han_apart) {
      if (first.is(kHan)) return skip(at, [](const Char& c) { return c.is(kHan); });
    }
    if constexpr (kRules.contractions == Contractions::kApart) {
      if (const int bytes = contraction_bytes(at, end_, true); bytes > 0) return at + bytes;
    }
    if (const char* word_end = letters(at, first); word_end != nullptr) return with_contraction(word_end);
    if (first.is(kNumber)) return digits(at);

    const char* const after_blank = at + (first.code_point == ' ' ? 1 : 0);
    if (const char* run_end = skip_until(after_blank, end_, kNotPunctuation); run_end != after_blank) {
      return punctuation_tail(run_end);
    }
    if (first.is(kSpace)) return white_space(at);
    return at + first.byte_count;
  }

  template <class Wanted>
  const char* skip(const char* at, const Wanted& wanted) const {
    for (;;) {
      const Char c = look(at);
      if (c.byte_count == 0 || !wanted(c)) return at;
      at += c.byte_count;
    }
  }

  const char* with_contraction(const char* word_end) const {
    if constexpr (kRules.contractions == Contractions::kOnWord) {
      word_end += contraction_bytes(word_end, end_, true);
    }
    return word_end;
  }

  // [^\r\n\p{L}\p{N}]? and then the letters; nullptr where there are none. The optional character is tried
  // taken first, as a greedy `?` does.
  const char* letters(const char* at, const Char& first) const {
    const bool may_lead = !first.is(kLetter | kNumber | kNewline);
    const char* const after_lead = at + (may_lead ? first.byte_count : 0);
    if constexpr (kRules.letters == Letters::kCased) {
      if (const char* word_end = ending_lower(after_lead); word_end != nullptr) return word_end;
      if (first.is(kMark)) return ending_lower(at);  // without the lead: at least the mark itself
      const char* const upper_end = skip(after_lead, may_be_upper);
      return upper_end == after_lead ? nullptr : upper_end;
    } else {
      constexpr uint16_t kMask = kRules.letters == Letters::kWithMarks ? kLetter | kMark : kLetter;
      const char* const word = look(after_lead).is(kMask) ? after_lead : at;
      if (!look(word).is(kMask)) return nullptr;
      if constexpr (kRules.letters == Letters::kSpaced) return spaced(word);
      return skip_while(word, end_, kMask);
    }
  }

  static bool may_be_upper(const Char& c) { return c.is(kUpper | kOtherLetter | kMark) && !c.is(kHan); }
  static bool may_be_lower(const Char& c) { return c.is(kLower | kOtherLetter | kMark) && !c.is(kHan); }

  // U*L+, where letters without case and marks are both U and L; nullptr where it does not match (what is
  // left then is U+L* with nothing for L).
  const char* ending_lower(const char* at) const {
    const char* after_both = nullptr;  // after the last character of the U run that is L too
    for (;;) {
      const Char c = look(at);
      if (!may_be_upper(c)) break;
      at += c.byte_count;
      if (may_be_lower(c)) after_both = at;
    }
    if (may_be_lower(look(at))) return skip(at, may_be_lower);
    return after_both;  // L+ gets what U* gives back
  }

  const char* spaced(const char* at) const {
    for (;;) {
      const Char c = look(at);
      if (c.is(kLetter)) {
        at = skip_while(at + c.byte_count, end_, kMark);
      } else if (c.code_point == ' ' && look(at + 1).is(kLetter)) {
        ++at;
      } else {
        return at;
      }
    }
  }

  const char* digits(const char* at) const {
    if constexpr (kRules.max_digits == 0) return skip_while(at, end_, kNumber);
    for (int count = 0; count < kRules.max_digits; ++count) {
      const Char c = peek(at, end_);
      if (!c.is(kNumber)) break;
      at += c.byte_count;
    }
    return at;
  }

  const char* punctuation_tail(const char* at) const {
    if constexpr (kRules.tail == PunctuationTail::kNewlines) return skip_newlines(at, end_);
    const auto in_tail = [&] { return at < end_ && (*at == '\r' || *at == '\n' || *at == '/'); };
    if constexpr (kRules.tail == PunctuationTail::kNewlinesSlashes) {
      while (in_tail()) ++at;
    }
    if constexpr (kRules.tail == PunctuationTail::kOneNewlineOrSlash) {
      if (in_tail()) ++at;
    }
    return at;
  }

  const char* white_space(const char* at) {
    if constexpr (kRules.white_space == WhiteSpace::kToLastNewline) return skip_white_space(at, end_, true);
    return cascade(at);
  }

  const char* cascade(const char* at) {
    if (at >= space_run_end_) {  // a new run: look for line ends once, not again for each word of it
      const char* after_newline = nullptr;
      space_run_end_ = skip_while(at, end_, kSpace);
      for (const char* c = at; c < space_run_end_; ++c) {
        if (*c == '\r' || *c == '\n') after_newline = c + 1;
      }
      if (after_newline != nullptr) {
        space_run_end_ = after_newline;
        return after_newline;
      }
    }
    constexpr int kLongest = 512;
    std::array<const char*, kLongest + 2> after{at};  // after[n]: behind n characters
    int count = 0;
    while (count <= kLongest && after[count] < space_run_end_) {
      after[count + 1] = after[count] + peek(after[count], end_).byte_count;
      ++count;
    }
    const bool nothing_behind = space_run_end_ == end_;
    for (int wanted = kLongest; wanted > 1; wanted /= 2) {
      if (count > wanted || (count == wanted && nothing_behind)) return after[wanted];
    }
    return after[1];
  }

  static constexpr uint16_t kNotPunctuation =
      kSpace | kLetter | kNumber | (kRules.marks_are_punctuation ? 0 : kMark);

  const char* end_;
  const char* space_run_end_ = nullptr;  // cascade: known to have no line end before it
};

}  // namespace nagare::scan

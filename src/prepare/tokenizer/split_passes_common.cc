// The passes that many families share, and the small ones.
#include "prepare/tokenizer/scan.h"
#include "prepare/tokenizer/split_passes.h"

namespace nagare::split {

using scan::Char;
using scan::isolate_runs;
using scan::peek;
using scan::RunPrefix;
using scan::Words;

void gpt2_words(std::string_view text, std::vector<uint32_t>& word_ends) {
  Words words(text, word_ends);
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    if (const int bytes = scan::contraction_bytes(at, end, false); bytes > 0) {
      at += bytes;
      words.end_at(at);
      continue;
    }
    const char* const after_blank = at + (*at == ' ' ? 1 : 0);
    const Char first = peek(after_blank, end);
    if (first.is(kLetter)) {
      at = scan::skip_while(after_blank, end, kLetter);
    } else if (first.is(kNumber)) {
      at = scan::skip_while(after_blank, end, kNumber);
    } else if (first.is_none_of(kSpace)) {
      at = scan::skip_until(after_blank, end, kSpace | kLetter | kNumber);
    } else {
      at = scan::skip_white_space(at, end, false);
    }
    words.end_at(at);
  }
}

void each_number(std::string_view text, std::vector<uint32_t>& word_ends) {
  isolate_runs<RunPrefix::kNone, 1>(text, word_ends, [](const Char& c) { return c.is(kNumber); });
}

void numbers_by_three(std::string_view text, std::vector<uint32_t>& word_ends) {
  isolate_runs<RunPrefix::kNone, 3>(text, word_ends, [](const Char& c) { return c.is(kNumber); });
}

void number_runs(std::string_view text, std::vector<uint32_t>& word_ends) {
  isolate_runs<RunPrefix::kNone, 0>(text, word_ends, [](const Char& c) { return c.is(kNumber); });
}

void three_ascii_digits(std::string_view text, std::vector<uint32_t>& word_ends) {
  Words words(text, word_ends);
  const char* const end = text.data() + text.size();
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  for (const char* at = text.data(); at < end;) {
    if (end - at >= 3 && digit(at[0]) && digit(at[1]) && digit(at[2])) {
      words.end_at(at);
      at += 3;
      words.end_at(at);
    } else {
      ++at;
    }
  }
  words.end_at(end);
}

void each_newline(std::string_view text, std::vector<uint32_t>& word_ends) {
  isolate_runs<RunPrefix::kNone, 1>(text, word_ends, [](const Char& c) { return c.is(kNewline); });
}

void lines(std::string_view text, std::vector<uint32_t>& word_ends) {
  isolate_runs<RunPrefix::kNone, 0>(text, word_ends, [](const Char& c) { return c.code_point == '\n'; });
}

void visible_runs(std::string_view text, std::vector<uint32_t>& word_ends) {
  isolate_runs<RunPrefix::kNone, 0>(text, word_ends, [](const Char& c) { return !c.is(kSpace); });
}

namespace {

// Groups of three characters from the right of every run of `mask`, where `wanted(end of the run)` says so.
// The run is isolated too, or only cut between its groups.
template <bool kIsolate, class Wanted>
void group_from_the_right(std::string_view text, std::vector<uint32_t>& word_ends, uint16_t mask,
                          const Wanted& wanted) {
  Words words(text, word_ends);
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    const Char first = peek(at, end);
    if (!first.is(mask)) {
      at += first.byte_count;
      continue;
    }
    size_t count = 0;
    const char* run_end = at;
    for (Char c = first; c.is(mask); c = peek(run_end, end), ++count) run_end += c.byte_count;
    if (wanted(peek(run_end, end))) {
      if (kIsolate) words.end_at(at);
      for (const char* digit = at; digit < run_end; --count) {
        if (count % 3 == 0) words.end_at(digit);
        digit += peek(digit, end).byte_count;
      }
      if (kIsolate) words.end_at(run_end);
    }
    at = run_end;
  }
  words.end_at(end);
}

}  // namespace

void digits_from_the_right(std::string_view text, std::vector<uint32_t>& word_ends) {
  group_from_the_right<false>(text, word_ends, kDigit, [](const Char&) { return true; });
}

void whole_numbers_from_the_right(std::string_view text, std::vector<uint32_t>& word_ends) {
  group_from_the_right<true>(text, word_ends, kDigit, [](const Char& behind) {
    return !behind.is(kLetter | kMark | kLetterNumber) && behind.code_point != '_';
  });
}

void numbers_from_the_right(std::string_view text, std::vector<uint32_t>& word_ends) {
  group_from_the_right<true>(text, word_ends, kNumber, [](const Char&) { return true; });
}

void falcon_punctuation(std::string_view text, std::vector<uint32_t>& word_ends) {
  isolate_runs<RunPrefix::kNone, 0>(text, word_ends, [](const Char& c) {
    return c.is(kPunctuation) || (c.code_point < 128 && c.is(kSymbol));
  });
}

void default_punctuation(std::string_view text, std::vector<uint32_t>& word_ends) {
  isolate_runs<RunPrefix::kNone, 0>(text, word_ends, [](const Char& c) {
    return c.is(kPunctuation) || (c.code_point < 128 && c.is(kSymbol) && c.code_point != '`');
  });
}

void bloom_words(std::string_view text, std::vector<uint32_t>& word_ends) {
  isolate_runs<RunPrefix::kBlank, 0>(text, word_ends, [](const Char& c) {
    switch (c.code_point) {
      case '(':
      case '|':
      case '.':
      case ',':
      case '!':
      case '?':
      case ')':
      case 0x2026:  // …
      case 0x3002:  // 。
      case 0xFF0C:  // ，
      case 0x3001:  // 、
      case 0x0964:  // ।
      case 0x06D4:  // ۔
      case 0x060C:  // ،
        return false;
      default:
        return !c.is(kSpace);
    }
  });
}

void chameleon_sentinels(std::string_view text, std::vector<uint32_t>& word_ends) {
  constexpr std::string_view kOpening = "<sentinel:";
  Words words(text, word_ends);
  for (size_t begin = text.find(kOpening); begin != std::string_view::npos;) {
    const size_t digits = begin + kOpening.size();
    const size_t close = text.find_first_not_of("0123456789", digits);
    if (close != std::string_view::npos && close > digits && text[close] == '>') {
      words.end_at(text.data() + begin);
      words.end_at(text.data() + close + 1);
    }
    begin = text.find(kOpening, digits);
  }
  words.end_at(text.data() + text.size());
}

void chameleon_image_tokens(std::string_view text, std::vector<uint32_t>& word_ends) {
  constexpr std::string_view kOpening = "IMGIMG";
  Words words(text, word_ends);
  for (size_t begin = text.find(kOpening); begin != std::string_view::npos;) {
    const size_t letters = begin + kOpening.size();
    size_t close = letters;
    while (close < text.size() && close - letters < 4 && text[close] >= 'A' && text[close] <= 'I') ++close;
    size_t next = begin + 1;
    if (close > letters && close < text.size() && text[close] == 'Z') {
      words.end_at(text.data() + begin);
      next = close + 1;
      words.end_at(text.data() + next);
    }
    begin = text.find(kOpening, next);
  }
  words.end_at(text.data() + text.size());
}

void chameleon_blanks(std::string_view text, std::vector<uint32_t>& word_ends) {
  Words words(text, word_ends);
  for (size_t at = 0; at < text.size();) {
    const char* const here = text.data() + at;
    const std::string_view rest = text.substr(at);
    const size_t bytes = rest[0] == '\t' || rest[0] == '\n' ? 1
                         : rest.starts_with("    ")         ? 4
                         : rest.starts_with("  ")           ? 2
                                                            : 0;
    if (bytes > 0) {
      words.end_at(here);
      words.end_at(here + bytes);
    }
    at += bytes > 0 ? bytes : 1;
  }
  words.end_at(text.data() + text.size());
}

void each_punctuation(std::string_view text, std::vector<uint32_t>& word_ends) {
  isolate_runs<RunPrefix::kNone, 1>(text, word_ends, [](const Char& c) {
    return c.is(kPunctuation) || (c.code_point < 128 && c.is(kSymbol));
  });
}

}  // namespace nagare::split

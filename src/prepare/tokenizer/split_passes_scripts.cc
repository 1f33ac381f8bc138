// The passes that know scripts: DeepSeek's, AFMoE's and Youtu's.
#include <algorithm>
#include <iterator>
#include <span>

#include "prepare/tokenizer/scan.h"
#include "prepare/tokenizer/split_passes.h"

namespace nagare::split {

using scan::Char;
using scan::isolate_runs;
using scan::peek;
using scan::RunPrefix;
using scan::Words;

namespace {

struct CodePointRange {
  char32_t first, last;
};

// Letters that have case, as the tokenizer of DeepSeek LLM lists them.
constexpr CodePointRange kDeepseekLetters[] = {
    {0x41, 0x5A},       {0x61, 0x7A},       {0xB5, 0xB5},       {0xC0, 0xD6},       {0xD8, 0xF6},
    {0xF8, 0x1BA},      {0x1BC, 0x1BF},     {0x1C4, 0x293},     {0x295, 0x2AF},     {0x370, 0x373},
    {0x376, 0x376},     {0x377, 0x377},     {0x37B, 0x37D},     {0x37F, 0x37F},     {0x386, 0x386},
    {0x388, 0x38A},     {0x38C, 0x38C},     {0x38E, 0x3A1},     {0x3A3, 0x3F5},     {0x3F7, 0x481},
    {0x48A, 0x52F},     {0x531, 0x556},     {0x10A0, 0x10C5},   {0x13A0, 0x13F5},   {0x13F8, 0x13FD},
    {0x1C90, 0x1CBA},   {0x1CBD, 0x1CBF},   {0x1D00, 0x1D2B},   {0x1D6B, 0x1D77},   {0x1D79, 0x1D9A},
    {0x1E00, 0x1F15},   {0x1F18, 0x1F1D},   {0x1F20, 0x1F45},   {0x1F48, 0x1F4D},   {0x1F50, 0x1F57},
    {0x1F59, 0x1F59},   {0x1F5B, 0x1F5B},   {0x1F5D, 0x1F5D},   {0x1F5F, 0x1F7D},   {0x1F80, 0x1FB4},
    {0x1FB6, 0x1FBC},   {0x1FBE, 0x1FBE},   {0x1FC2, 0x1FC4},   {0x1FC6, 0x1FCC},   {0x1FD0, 0x1FD3},
    {0x1FD6, 0x1FDB},   {0x1FE0, 0x1FEC},   {0x1FF2, 0x1FF4},   {0x1FF6, 0x1FFC},   {0x2102, 0x2102},
    {0x2107, 0x2107},   {0x210A, 0x2113},   {0x2115, 0x2115},   {0x2119, 0x211D},   {0x2124, 0x2124},
    {0x2126, 0x2126},   {0x2128, 0x2128},   {0x212A, 0x212D},   {0x212F, 0x2134},   {0x2139, 0x2139},
    {0x213C, 0x213F},   {0x2145, 0x2149},   {0x214E, 0x214E},   {0x2183, 0x2183},   {0x2184, 0x2184},
    {0x2C00, 0x2C7B},   {0x2C7E, 0x2CE4},   {0x2CEB, 0x2CEE},   {0x2CF2, 0x2CF2},   {0x2CF3, 0x2CF3},
    {0xA640, 0xA66D},   {0xA680, 0xA69B},   {0xA722, 0xA76F},   {0xA771, 0xA787},   {0xA78B, 0xA78E},
    {0xAB70, 0xABBF},   {0xFB00, 0xFB06},   {0xFB13, 0xFB17},   {0xFF21, 0xFF3A},   {0xFF41, 0xFF5A},
    {0x10400, 0x1044F}, {0x104B0, 0x104D3}, {0x104D8, 0x104FB}, {0x10C80, 0x10CB2}, {0x10CC0, 0x10CF2},
    {0x118A0, 0x118DF}, {0x1E900, 0x1E943},
};

bool in_ranges(std::span<const CodePointRange> ranges, char32_t code_point) {
  const auto after = std::ranges::upper_bound(ranges, code_point, {}, &CodePointRange::first);
  return after != ranges.begin() && code_point <= std::prev(after)->last;
}

constexpr bool within(char32_t c, char32_t first, char32_t last) {
  return c >= first && c <= last;
}

bool is_ascii_letter(char32_t c) {
  return within(c | 0x20, 'a', 'z');
}

}  // namespace

void deepseek_llm_letters(std::string_view text, std::vector<uint32_t>& word_ends) {
  isolate_runs<RunPrefix::kAnySpace, 0>(text, word_ends, [](const Char& c) {
    return c.code_point < 128 ? is_ascii_letter(c.code_point) : in_ranges(kDeepseekLetters, c.code_point);
  });
}

void deepseek_llm_punctuation(std::string_view text, std::vector<uint32_t>& word_ends) {
  isolate_runs<RunPrefix::kAnySpace, 0>(text, word_ends, [](const Char& c) {
    const char32_t p = c.code_point;
    return within(p, '!', '/') || within(p, ':', '~') || within(p, 0xFF01, 0xFF0F) ||
           within(p, 0xFF1A, 0xFF5E) || within(p, 0x2018, 0x201F) || within(p, 0x3000, 0x3002);
  });
}

void space_at_the_end(std::string_view text, std::vector<uint32_t>& word_ends) {
  const char* const end = text.data() + text.size();
  const char* spaces = end;
  for (const char* at = end; at > text.data();) {
    do --at;
    while (at > text.data() && (static_cast<uint8_t>(*at) & 0xC0) == 0x80);
    if (!peek(at, end).is(kSpace)) break;
    spaces = at;
  }
  Words words(text, word_ends);
  words.end_at(spaces);
  words.end_at(end);
}

void deepseek_cjk(std::string_view text, std::vector<uint32_t>& word_ends) {
  isolate_runs<RunPrefix::kNone, 0>(text, word_ends, [](const Char& c) {
    return within(c.code_point, 0x0800, 0x9FA5) || within(c.code_point, 0xAC00, 0xD7FF);
  });
}

void spaced_letters(std::string_view text, std::vector<uint32_t>& word_ends) {
  isolate_runs<RunPrefix::kAnySpace, 0>(text, word_ends, [](const Char& c) { return c.is(kLetter); });
}

void spaced_punctuation(std::string_view text, std::vector<uint32_t>& word_ends) {
  isolate_runs<RunPrefix::kAnySpace, 0>(text, word_ends, [](const Char& c) { return c.is(kPunctuation); });
}

void han_and_kana(std::string_view text, std::vector<uint32_t>& word_ends) {
  isolate_runs<RunPrefix::kNone, 0>(text, word_ends, [](const Char& c) {
    return within(c.code_point, 0x4E00, 0x9FA5) || within(c.code_point, 0x3040, 0x30FF);
  });
}

namespace {

// Where the word ends that begins at `at`, or nullptr where none does.
template <bool kSpark>
const char* deepseek_v3_word(const char* at, const char* end) {
  const Char first = peek(at, end);
  const bool ascii_punctuation = first.code_point < 128 && first.is(kPunctuation | kSymbol);
  if (ascii_punctuation && at + 1 < end && is_ascii_letter(static_cast<uint8_t>(at[1]))) {
    do ++at;
    while (at < end && is_ascii_letter(static_cast<uint8_t>(*at)));
    return at;
  }
  if (!first.is(kNewline | kLetter | kPunctuation | kSymbol)) {
    const char* const word = at + first.byte_count;
    if (peek(word, end).is(kLetter | kMark)) return scan::skip_while(word, end, kLetter | kMark);
  }
  if (first.is(kLetter | kMark)) return scan::skip_while(at, end, kLetter | kMark);

  const char* const after_blank = at + (first.code_point == ' ' ? 1 : 0);
  if (peek(after_blank, end).is(kPunctuation | kSymbol)) {
    const char* const run_end = scan::skip_while(after_blank, end, kPunctuation | kSymbol);
    return kSpark ? run_end : scan::skip_newlines(run_end, end);
  }
  if (kSpark && first.is(kNewline)) return at + 1;
  return first.is(kSpace) ? scan::skip_white_space(at, end, !kSpark) : nullptr;
}

template <bool kSpark>
void deepseek_v3(std::string_view text, std::vector<uint32_t>& word_ends) {
  Words words(text, word_ends);
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    const char* const word_end = deepseek_v3_word<kSpark>(at, end);
    if (word_end == nullptr) {  // numbers and control characters between words
      at += peek(at, end).byte_count;
      continue;
    }
    words.end_at(at);
    at = word_end;
    words.end_at(at);
  }
  words.end_at(end);
}

}  // namespace

void deepseek_v3_words(std::string_view text, std::vector<uint32_t>& word_ends) {
  deepseek_v3<false>(text, word_ends);
}

void spark_words(std::string_view text, std::vector<uint32_t>& word_ends) {
  deepseek_v3<true>(text, word_ends);
}

void afmoe_scripts(std::string_view text, std::vector<uint32_t>& word_ends) {
  static constexpr CodePointRange kScripts[] = {
      {0x0E40, 0x0E7F}, {0x0E80, 0x0EFF}, {0x1000, 0x109F}, {0x1100, 0x11FF}, {0x1780, 0x17FF},
      {0x2F00, 0x2FDF}, {0x3040, 0x309F}, {0x30A0, 0x30FF}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF},
      {0xA9E0, 0xA9FF}, {0xAA60, 0xAA7F}, {0xAC00, 0xD7AF}, {0xF900, 0xFAFF}, {0xFF65, 0xFF9F},
  };
  isolate_runs<RunPrefix::kNone, 0>(text, word_ends,
                                    [](const Char& c) { return in_ranges(kScripts, c.code_point); });
}

void youtu_scripts(std::string_view text, std::vector<uint32_t>& word_ends) {
  // [가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+
  const auto script = [](char32_t c) {
    if (within(c, 0xAC00, 0xD7A3) || within(c, 0x3131, 0x318E)) return 1;
    if (c == 0xFF01 || c == 0x2026 || c == 0x201C || c == 0x201D || c == 0x2018 || c == 0x2019 ||
        c == 0x2014 || c == 0xFF1A || c == 0xFF1B || c == 0xFF0C || within(c, 0x3001, 0x303F) ||
        within(c, 0xFE30, 0xFE4F)) {
      return 2;
    }
    if (within(c, 0x3105, 0x312F)) return 3;
    if (within(c, 0x4E00, 0x9FA5) || within(c, 0x3040, 0x30FF)) return 4;
    return 0;
  };
  Words words(text, word_ends);
  const char* at = text.data();
  const char* const end = at + text.size();
  int before = 0;
  while (at < end) {
    const Char c = peek(at, end);
    const int now = c.code_point < 128 ? 0 : script(c.code_point);
    if (now != before) words.end_at(at);
    before = now;
    at += c.byte_count;
  }
  words.end_at(end);
}

}  // namespace nagare::split

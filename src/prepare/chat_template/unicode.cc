#include "prepare/chat_template/unicode.h"

#include <unicode/uchar.h>
#include <unicode/ustring.h>

#include <array>

namespace nagare::chat_template {
namespace {

constexpr char32_t kCapitalSigma = 0x3A3;
constexpr char32_t kFinalSigma = 0x3C2;
constexpr char32_t kSmallSigma = 0x3C3;

bool is_cased(char32_t c) {
  return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_CASED) != 0;
}

bool is_case_ignorable(char32_t c) {
  return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_CASE_IGNORABLE) != 0;
}

// Whether the capital sigma at [begin, end) ends a word: a cased letter before it, none after.
bool is_final_sigma(std::string_view text, size_t begin, size_t end) {
  bool cased_before = false;
  for (size_t at = begin; at > 0;) {
    at = previous_char(text, at);
    size_t read = at;
    const char32_t c = next_char(text, &read);
    if (is_case_ignorable(c)) continue;
    cased_before = is_cased(c);
    break;
  }
  if (!cased_before) return false;
  for (size_t at = end; at < text.size();) {
    const char32_t c = next_char(text, &at);
    if (!is_case_ignorable(c)) return !is_cased(c);
  }
  return true;
}

void append_mapped_char(std::string* out, char32_t c, CaseMap map) {
  if (c < 0x80) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool lower = c >= 'a' && c <= 'z';
    const bool to_lower = map == CaseMap::kLower || map == CaseMap::kFold || map == CaseMap::kSwap;
    const bool to_upper = map == CaseMap::kUpper || map == CaseMap::kTitle || map == CaseMap::kSwap;
    const bool flip = (upper && to_lower) || (lower && to_upper);
    out->push_back(static_cast<char>(flip ? c ^ 0x20 : c));
    return;
  }
  std::array<UChar, 2> source{};
  int32_t source_length = 0;
  UErrorCode status = U_ZERO_ERROR;
  UChar32 scalar = static_cast<UChar32>(c);
  u_strFromUTF32(source.data(), static_cast<int32_t>(source.size()), &source_length, &scalar, 1, &status);
  if (map == CaseMap::kSwap)
    map = is_upper(c) ? CaseMap::kLower : (is_lower(c) ? CaseMap::kUpper : CaseMap::kSwap);
  std::array<UChar, 16> mapped{};
  const auto capacity = static_cast<int32_t>(mapped.size());
  int32_t length = 0;
  switch (map) {
    case CaseMap::kUpper:
      length = u_strToUpper(mapped.data(), capacity, source.data(), source_length, "", &status);
      break;
    case CaseMap::kLower:
      length = u_strToLower(mapped.data(), capacity, source.data(), source_length, "", &status);
      break;
    case CaseMap::kTitle:
      length = u_strToTitle(mapped.data(), capacity, source.data(), source_length, nullptr, "", &status);
      break;
    case CaseMap::kFold:
      length =
          u_strFoldCase(mapped.data(), capacity, source.data(), source_length, U_FOLD_CASE_DEFAULT, &status);
      break;
    case CaseMap::kSwap:
      status = U_ILLEGAL_ARGUMENT_ERROR;
      break;  // neither case: stays
  }
  std::array<char, 64> utf8{};
  int32_t utf8_length = 0;
  if (U_SUCCESS(status)) {
    u_strToUTF8(utf8.data(), static_cast<int32_t>(utf8.size()), &utf8_length, mapped.data(), length, &status);
  }
  if (U_SUCCESS(status)) {
    out->append(utf8.data(), static_cast<size_t>(utf8_length));
  } else {
    append_utf8(out, c);
  }
}

}  // namespace

bool is_valid_utf8(std::string_view bytes) {
  size_t i = 0;
  const auto at = [&](size_t index) { return static_cast<unsigned char>(bytes[index]); };
  while (i < bytes.size()) {
    const unsigned char lead = at(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const size_t length = lead >= 0xF0 ? 4 : (lead >= 0xE0 ? 3 : 2);
    if (lead < 0xC2 || lead > 0xF4 || i + length > bytes.size()) return false;
    for (size_t k = 1; k < length; ++k) {
      if ((at(i + k) & 0xC0) != 0x80) return false;
    }
    const unsigned char second = at(i + 1);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return false;
    if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return false;
    i += length;
  }
  return true;
}

char32_t next_char(std::string_view text, size_t* position) {
  const auto at = [&](size_t index) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[index]));
  };
  const size_t i = *position;
  const char32_t lead = at(i);
  if (lead < 0x80) {
    *position = i + 1;
    return lead;
  }
  const size_t length = lead >= 0xF0 ? 4 : (lead >= 0xE0 ? 3 : 2);
  char32_t c = lead & (0xFFu >> (length + 1));
  for (size_t k = 1; k < length && i + k < text.size(); ++k) c = (c << 6) | (at(i + k) & 0x3F);
  *position = std::min(i + length, text.size());
  return c;
}

size_t previous_char(std::string_view text, size_t position) {
  do {
    --position;
  } while (position > 0 && (static_cast<unsigned char>(text[position]) & 0xC0) == 0x80);
  return position;
}

size_t count_chars(std::string_view text) {
  size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

size_t byte_of_char(std::string_view text, size_t char_index) {
  size_t i = 0;
  for (; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (char_index-- == 0) break;
  }
  return i;
}

void append_utf8(std::string* out, char32_t c) {
  const auto push = [out](char32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    push(c);
  } else if (c < 0x800) {
    push(0xC0 | (c >> 6));
    push(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    push(0xE0 | (c >> 12));
    push(0x80 | ((c >> 6) & 0x3F));
    push(0x80 | (c & 0x3F));
  } else {
    push(0xF0 | (c >> 18));
    push(0x80 | ((c >> 12) & 0x3F));
    push(0x80 | ((c >> 6) & 0x3F));
    push(0x80 | (c & 0x3F));
  }
}

bool is_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F);
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_line_break(char32_t c) {
  return (c >= '\n' && c <= '\r') || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

bool is_alpha(char32_t c) {
  return u_isalpha(static_cast<UChar32>(c)) != 0;
}

bool is_decimal(char32_t c) {
  return u_isdigit(static_cast<UChar32>(c)) != 0;
}

bool is_digit(char32_t c) {
  const int type = u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_NUMERIC_TYPE);
  return type == U_NT_DECIMAL || type == U_NT_DIGIT;
}

bool is_numeric(char32_t c) {
  return u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_NUMERIC_TYPE) != U_NT_NONE;
}

bool is_upper(char32_t c) {
  return u_isUUppercase(static_cast<UChar32>(c)) != 0;
}

bool is_lower(char32_t c) {
  return u_isULowercase(static_cast<UChar32>(c)) != 0;
}

bool is_title(char32_t c) {
  return u_charType(static_cast<UChar32>(c)) == U_TITLECASE_LETTER;
}

bool is_printable(char32_t c) {
  if (c == ' ') return true;
  switch (u_charType(static_cast<UChar32>(c))) {
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
    case U_SURROGATE:
    case U_PRIVATE_USE_CHAR:
    case U_UNASSIGNED:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_SPACE_SEPARATOR:
      return false;
    default:
      return true;
  }
}

bool is_identifier(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const bool first = i == 0;
    const char32_t c = next_char(text, &i);
    const auto property = first ? UCHAR_XID_START : UCHAR_XID_CONTINUE;
    if (c != U'_' && u_hasBinaryProperty(static_cast<UChar32>(c), property) == 0) return false;
  }
  return !text.empty();
}

int decimal_value(char32_t c) {
  return u_charDigitValue(static_cast<UChar32>(c));
}

void append_mapped(Text* out, const Text& text, size_t begin, size_t end, CaseMap map) {
  const std::string_view range = text.view().substr(begin, end - begin);
  std::string piece;
  for (size_t i = 0; i < range.size();) {
    const size_t at = i;
    const char32_t c = next_char(range, &i);
    piece.clear();
    if (c == kCapitalSigma && (map == CaseMap::kLower || map == CaseMap::kSwap)) {
      append_utf8(&piece, is_final_sigma(range, at, i) ? kFinalSigma : kSmallSigma);
    } else {
      append_mapped_char(&piece, c, map);
    }
    out->append(piece, text.origin_at(begin + at));
  }
}

Text map_case(const Text& text, CaseMap map) {
  Text result;
  append_mapped(&result, text, 0, text.size(), map);
  return result;
}

Text title_case(const Text& text) {
  const std::string_view bytes = text.view();
  Text result;
  std::string piece;
  bool inside_word = false;
  for (size_t i = 0; i < bytes.size();) {
    const size_t at = i;
    const char32_t c = next_char(bytes, &i);
    piece.clear();
    if (inside_word && c == kCapitalSigma) {
      append_utf8(&piece, is_final_sigma(bytes, at, i) ? kFinalSigma : kSmallSigma);
    } else {
      append_mapped_char(&piece, c, inside_word ? CaseMap::kLower : CaseMap::kTitle);
    }
    result.append(piece, text.origin_at(at));
    inside_word = is_cased(c);
  }
  return result;
}

Text capitalise(const Text& text) {
  Text result;
  if (text.empty()) return result;
  size_t first_end = 0;
  const char32_t first = next_char(text.view(), &first_end);
  std::string piece;
  append_mapped_char(&piece, first, CaseMap::kTitle);
  result.append(piece, text.origin_at(0));
  // The rest is lowered with the first letter as its context.
  const std::string_view bytes = text.view();
  for (size_t i = first_end; i < bytes.size();) {
    const size_t at = i;
    const char32_t c = next_char(bytes, &i);
    piece.clear();
    if (c == kCapitalSigma) {
      append_utf8(&piece, is_final_sigma(bytes, at, i) ? kFinalSigma : kSmallSigma);
    } else {
      append_mapped_char(&piece, c, CaseMap::kLower);
    }
    result.append(piece, text.origin_at(at));
  }
  return result;
}

}  // namespace nagare::chat_template

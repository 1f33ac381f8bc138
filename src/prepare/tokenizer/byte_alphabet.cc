#include "prepare/tokenizer/byte_alphabet.h"

#include "base/utf8.h"

namespace nagare {

namespace {

constexpr size_t kAlphabetEnd = 256 + 68;  // 68 bytes are not printable

constexpr std::array<int16_t, kAlphabetEnd> make_byte_of() {
  std::array<int16_t, kAlphabetEnd> byte_of{};
  byte_of.fill(-1);
  for (int16_t byte = 0; byte < 256; ++byte) byte_of[kByteAlphabet[byte]] = byte;
  return byte_of;
}
constexpr std::array<int16_t, kAlphabetEnd> kByteOf = make_byte_of();
static_assert(kByteAlphabet[' '] == 0x120 && kByteOf[0x143] == 0xAD);

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

void append_in_byte_alphabet(std::string& text, std::string_view bytes) {
  for (const char byte : bytes) append_utf8(text, kByteAlphabet[static_cast<uint8_t>(byte)]);
}

void append_from_byte_alphabet(std::string& bytes, std::string_view text) {
  const char* next = text.data();
  const char* const end = next + text.size();
  while (next < end) {
    const Utf8Char c = decode_utf8(next, end);
    if (c.valid && c.code_point < kAlphabetEnd && kByteOf[c.code_point] >= 0) {
      bytes += static_cast<char>(kByteOf[c.code_point]);
    } else {
      bytes.append(next, c.byte_count);
    }
    next += c.byte_count;
  }
}

std::optional<uint8_t> parse_byte_token(std::string_view text) {
  if (text.size() != 6 || !text.starts_with("<0x") || text[5] != '>') return std::nullopt;
  const int high = hex_digit(text[3]), low = hex_digit(text[4]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<uint8_t>(high * 16 + low);
}

std::array<char, 6> byte_token_text(uint8_t byte) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  return {'<', '0', 'x', kHex[byte >> 4], kHex[byte & 15], '>'};
}

void append_unescaped(std::string& out, std::string_view text) {
  for (size_t begin = 0;;) {
    const size_t mark = text.find(kEscapedSpace, begin);
    out += text.substr(begin, mark - begin);
    if (mark == std::string_view::npos) return;
    out += ' ';
    begin = mark + kEscapedSpace.size();
  }
}

void append_escaped(std::string& out, std::string_view text) {
  for (size_t begin = 0;;) {
    const size_t space = text.find(' ', begin);
    out += text.substr(begin, space - begin);
    if (space == std::string_view::npos) return;
    out += kEscapedSpace;
    begin = space + 1;
  }
}

}  // namespace nagare

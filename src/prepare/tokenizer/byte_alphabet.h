// How vocabularies write raw bytes as text. GPT-2's byte-level alphabet gives each byte a printable character
// (a space is Ġ); SentencePiece writes a space as ▁ and single bytes as <0x0A>.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nagare {

inline constexpr std::string_view kEscapedSpace = "\xE2\x96\x81";  // ▁, U+2581

// The character that stands for a byte: itself where it is printable Latin-1, else the next one from U+0100
// on (Radford et al. 2019, bytes_to_unicode).
constexpr std::array<char32_t, 256> make_byte_alphabet() {
  std::array<char32_t, 256> alphabet{};
  char32_t next = 256;
  for (uint32_t byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    alphabet[byte] = printable ? byte : next++;
  }
  return alphabet;
}
inline constexpr std::array<char32_t, 256> kByteAlphabet = make_byte_alphabet();

// Appends `bytes` written in the alphabet: at most two bytes of text a byte.
void append_in_byte_alphabet(std::string& text, std::string_view bytes);

// Appends the bytes that `text` stands for; what is not of the alphabet is appended as it is.
void append_from_byte_alphabet(std::string& bytes, std::string_view text);

// "<0x0A>" → 10; nothing for any other text.
std::optional<uint8_t> parse_byte_token(std::string_view text);
std::array<char, 6> byte_token_text(uint8_t byte);

// Appends `text` with every ▁ as a space, and with every space as ▁.
void append_unescaped(std::string& out, std::string_view text);
void append_escaped(std::string& out, std::string_view text);

}  // namespace nagare

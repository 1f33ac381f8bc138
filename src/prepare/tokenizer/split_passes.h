// The passes that pre-tokenizers are made of, by family; each with the regular expression that it answers to.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace nagare::split {

// GPT-2:  's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
void gpt2_words(std::string_view text, std::vector<uint32_t>& word_ends);

// Single classes, isolated.
void each_number(std::string_view text, std::vector<uint32_t>& word_ends);         // \p{N}
void numbers_by_three(std::string_view text, std::vector<uint32_t>& word_ends);    // \p{N}{1,3}
void number_runs(std::string_view text, std::vector<uint32_t>& word_ends);         // \p{N}+
void three_ascii_digits(std::string_view text, std::vector<uint32_t>& word_ends);  // [0-9][0-9][0-9]
void each_newline(std::string_view text, std::vector<uint32_t>& word_ends);        // [\r\n]
void lines(std::string_view text, std::vector<uint32_t>& word_ends);               // [^\n]+|[\n]+
void visible_runs(std::string_view text, std::vector<uint32_t>& word_ends);        // \S+

// Digits in threes counted from the end of their run.
void digits_from_the_right(std::string_view text,
                           std::vector<uint32_t>& word_ends);  // (?=(\d{3})+(?!\d)), SuperBPE
void whole_numbers_from_the_right(std::string_view text,
                                  std::vector<uint32_t>& word_ends);  // \d{1,3}(?=(?:\d{3})*\b), Tiny Aya
void numbers_from_the_right(std::string_view text, std::vector<uint32_t>& word_ends);  // AFMoE: \p{N}

// Falcon, and what is used where the model names nothing.
void falcon_punctuation(std::string_view text, std::vector<uint32_t>& word_ends);   // [\p{P}\$\+<=>\^~\|`]+
void default_punctuation(std::string_view text, std::vector<uint32_t>& word_ends);  // [\p{P}\$\+<=>\^~\|]+

// BLOOM:  ?[^(\s|.,!?…。，、।۔،)]+
void bloom_words(std::string_view text, std::vector<uint32_t>& word_ends);

// DeepSeek.
void deepseek_llm_letters(std::string_view text, std::vector<uint32_t>& word_ends);  // \s?[cased letters]+
void deepseek_llm_punctuation(std::string_view text,
                              std::vector<uint32_t>& word_ends);  // \s?[!-/:-~！-／：-～‘-‟　-。]+
void space_at_the_end(std::string_view text, std::vector<uint32_t>& word_ends);    // \s+$
void deepseek_cjk(std::string_view text, std::vector<uint32_t>& word_ends);        // [一-龥ࠀ-一가-퟿]+
void spaced_letters(std::string_view text, std::vector<uint32_t>& word_ends);      // \s?\p{L}+
void spaced_punctuation(std::string_view text, std::vector<uint32_t>& word_ends);  // \s?\p{P}+
void han_and_kana(std::string_view text, std::vector<uint32_t>& word_ends);        // [一-龥぀-ゟ゠-ヿ]+
// DeepSeek V3:  [ASCII punctuation][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|
//               \s*[\r\n]+|\s+(?!\S)|\s+
void deepseek_v3_words(std::string_view text, std::vector<uint32_t>& word_ends);
// … with ` ?[\p{P}\p{S}]+|[\r\n]|\s+(?!\S)|\s+` (Spark)
void spark_words(std::string_view text, std::vector<uint32_t>& word_ends);

// Asian scripts apart.
void afmoe_scripts(std::string_view text, std::vector<uint32_t>& word_ends);
void youtu_scripts(std::string_view text, std::vector<uint32_t>& word_ends);

// Chameleon.
void chameleon_sentinels(std::string_view text, std::vector<uint32_t>& word_ends);     // <sentinel:[0-9]+>
void chameleon_image_tokens(std::string_view text, std::vector<uint32_t>& word_ends);  // IMGIMG[A-I]{1,4}Z
void chameleon_blanks(std::string_view text, std::vector<uint32_t>& word_ends);  // [\t\n]|    |  (four, two)
void each_punctuation(std::string_view text, std::vector<uint32_t>& word_ends);  // [\p{P}!-/:-@\[-`{-~]

}  // namespace nagare::split

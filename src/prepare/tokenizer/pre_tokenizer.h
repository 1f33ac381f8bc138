// How byte-level BPE cuts a text into words before it merges: what the models' files call the pre-tokenizer.
// Each family was trained with a regular expression (or several, one after the other); here each is a scanner
// written for it: no backtracking, no stack, linear in the text. The list of all names is
// pre_tokenizer_list.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace nagare {

// Cuts `text` (valid UTF-8) into words that cover it, and appends where each ends (bytes from the beginning
// of the text). A pass sees one word of the pass before it as a whole text.
using SplitPass = void (*)(std::string_view text, std::vector<uint32_t>& word_ends);

struct PreTokenizer {
  std::string_view name;
  std::span<const SplitPass> passes;
  bool ignore_merges = false;  // a whole word that is a token is that token, whatever the merges say
  bool add_bos = false;        // where the model file does not say
  bool byte_level = true;      // false: merges over UTF-8 characters with ▁ for a space (Gemma 4)
};

// The one with this name, or nullptr.
const PreTokenizer* find_pre_tokenizer(std::string_view name);
// What to use where the name is missing or unknown.
const PreTokenizer& default_pre_tokenizer();
std::span<const PreTokenizer> all_pre_tokenizers();

// Runs the passes of `rules` over `text`; `word_ends` is replaced.
void split_words(const PreTokenizer& rules, std::string_view text, std::vector<uint32_t>& word_ends);

}  // namespace nagare

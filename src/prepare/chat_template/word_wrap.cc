#include "prepare/chat_template/word_wrap.h"

#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {
namespace {

struct Chunk {
  size_t begin, end;  // bytes
  size_t length;      // characters
  bool is_blank;
};

// textwrap knows only the white space of ASCII.
bool is_blank_char(char32_t c) {
  return c == U' ' || (c >= U'\t' && c <= U'\r');
}

bool is_letter(char32_t c) {
  return is_word_char(c) && !is_decimal(c) && c != U'_';
}

// A hyphen between two letters of words ends a chunk: at least two letters before it (or a letter after a
// hyphen), two characters of a word after it.
bool may_break_after_hyphen(const std::vector<char32_t>& word, size_t at) {
  if (word[at] != U'-' || at + 1 >= word.size()) return false;
  const auto is_letter_at = [&](size_t i) { return i < word.size() && is_letter(word[i]); };
  const bool before = at >= 2 && is_letter_at(at - 1) && (is_letter_at(at - 2) || word[at - 2] == U'-');
  const bool after =
      is_letter_at(at + 1) &&
      (is_letter_at(at + 2) || (at + 3 < word.size() && word[at + 2] == U'-' && is_letter_at(at + 3)));
  return before && after;
}

std::vector<Chunk> split_chunks(std::string_view text, bool on_hyphens) {
  std::vector<Chunk> chunks;
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    size_t next = i;
    const bool is_blank = is_blank_char(next_char(text, &next));
    std::vector<char32_t> word;
    std::vector<size_t> ends;
    while (i < text.size()) {
      next = i;
      const char32_t c = next_char(text, &next);
      if (is_blank_char(c) != is_blank) break;
      word.push_back(c);
      ends.push_back(next);
      i = next;
    }
    size_t chunk_begin = begin;
    size_t first = 0;
    for (size_t k = 0; !is_blank && on_hyphens && k < word.size(); ++k) {
      if (!may_break_after_hyphen(word, k)) continue;
      chunks.push_back({chunk_begin, ends[k], k + 1 - first, false});
      chunk_begin = ends[k];
      first = k + 1;
    }
    chunks.push_back({chunk_begin, i, word.size() - first, is_blank});
  }
  return chunks;
}

}  // namespace

std::vector<Text> wrap_words(const Text& paragraph, const WrapStyle& style) {
  const std::string_view bytes = paragraph.view();
  const auto chunks = split_chunks(bytes, style.breaks_on_hyphens);
  std::vector<Text> lines;
  size_t index = 0;
  size_t offset = 0;  // bytes already taken from the chunk at `index`
  while (index < chunks.size()) {
    // White space at the beginning of a line goes, except on the first.
    if (!lines.empty() && chunks[index].is_blank && offset == 0) {
      if (++index == chunks.size()) break;
    }
    size_t room = style.width;
    const size_t begin = chunks[index].begin + offset;
    size_t end = begin;
    size_t text_end = begin;  // without white space at the end
    const auto rest_length = [&] {
      return count_chars(
          bytes.substr(chunks[index].begin + offset, chunks[index].end - chunks[index].begin - offset));
    };
    while (index < chunks.size() && rest_length() <= room) {
      room -= rest_length();
      end = chunks[index].end;
      if (!chunks[index].is_blank) text_end = end;
      ++index;
      offset = 0;
    }
    if (index < chunks.size() && rest_length() > style.width) {
      // A chunk longer than a line: cut where the line ends, or left whole on a line of its own.
      if (style.breaks_long_words) {
        const size_t cut = chunks[index].begin + offset;
        end = cut + byte_of_char(bytes.substr(cut), room);
        if (end > cut && !chunks[index].is_blank) text_end = end;
        offset = end - chunks[index].begin;
      } else if (end == begin) {
        end = text_end = chunks[index].end;
        ++index;
        offset = 0;
      }
    }
    if (text_end > begin) lines.push_back(paragraph.slice(begin, text_end));
  }
  return lines;
}

}  // namespace nagare::chat_template

#include "prepare/chat_template/text_functions.h"

#include <string.h>

#include <algorithm>

#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {
namespace {

// Whether a character is to be stripped.
class StripSet {
 public:
  explicit StripSet(const Text* chars) : is_space_set_(chars == nullptr) {
    if (chars == nullptr) return;
    for (size_t i = 0; i < chars->size();) chars_.push_back(next_char(chars->view(), &i));
    std::sort(chars_.begin(), chars_.end());
  }
  bool contains(char32_t c) const {
    return is_space_set_ ? is_space(c) : std::binary_search(chars_.begin(), chars_.end(), c);
  }

 private:
  bool is_space_set_;
  std::vector<char32_t> chars_;
};

size_t skip_forward(std::string_view text, size_t from, const StripSet& set) {
  while (from < text.size()) {
    size_t next = from;
    if (!set.contains(next_char(text, &next))) break;
    from = next;
  }
  return from;
}

size_t skip_backward(std::string_view text, size_t begin, size_t from, const StripSet& set) {
  while (from > begin) {
    const size_t before = previous_char(text, from);
    size_t read = before;
    if (!set.contains(next_char(text, &read))) break;
    from = before;
  }
  return from;
}

// To the next white space, or the end.
size_t skip_word(std::string_view text, size_t from) {
  while (from < text.size()) {
    size_t next = from;
    if (is_space(next_char(text, &next))) break;
    from = next;
  }
  return from;
}

size_t skip_word_backward(std::string_view text, size_t from) {
  while (from > 0) {
    const size_t before = previous_char(text, from);
    size_t read = before;
    if (is_space(next_char(text, &read))) break;
    from = before;
  }
  return from;
}

// Collects pieces while they fit the budget.
class PieceList {
 public:
  PieceList(Meter& meter, int64_t max_splits) : meter_(meter), max_splits_(max_splits) {}

  bool may_split() const { return max_splits_ < 0 || static_cast<int64_t>(pieces_.size()) < max_splits_; }
  Status add(Text piece) {
    RETURN_IF_ERROR(meter_.step());
    RETURN_IF_ERROR(charge_.add(meter_, sizeof(Text) * 2 + piece.footprint_bytes()));
    pieces_.push_back(std::move(piece));
    return {};
  }
  std::vector<Text> take() { return std::move(pieces_); }
  std::vector<Text> take_reversed() {
    std::reverse(pieces_.begin(), pieces_.end());
    return take();
  }

 private:
  Meter& meter_;
  int64_t max_splits_;
  MemoryCharge charge_;
  std::vector<Text> pieces_;
};

}  // namespace

size_t find_bytes(std::string_view text, std::string_view wanted, size_t from) {
  if (from > text.size()) return std::string_view::npos;
  if (wanted.empty()) return from;
  const void* found = ::memmem(text.data() + from, text.size() - from, wanted.data(), wanted.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

size_t find_last_bytes(std::string_view text, std::string_view wanted) {
  const std::string reversed_text(text.rbegin(), text.rend());
  const std::string reversed_wanted(wanted.rbegin(), wanted.rend());
  const size_t found = find_bytes(reversed_text, reversed_wanted);
  return found == std::string_view::npos ? found : text.size() - found - wanted.size();
}

Text strip(const Text& text, const Text* chars, Side side) {
  const StripSet set(chars);
  const size_t begin = side == Side::kRight ? 0 : skip_forward(text.view(), 0, set);
  const size_t end = side == Side::kLeft ? text.size() : skip_backward(text.view(), begin, text.size(), set);
  return text.slice(begin, end);
}

Pieces split(Meter& meter, const Text& text, std::string_view separator, int64_t max_splits) {
  PieceList pieces(meter, max_splits);
  size_t begin = 0;
  while (pieces.may_split()) {
    const size_t end = find_bytes(text.view(), separator, begin);
    if (end == std::string_view::npos) break;
    RETURN_IF_ERROR(pieces.add(text.slice(begin, end)));
    begin = end + separator.size();
  }
  RETURN_IF_ERROR(pieces.add(text.slice(begin, text.size())));
  return pieces.take();
}

Pieces split_right(Meter& meter, const Text& text, std::string_view separator, int64_t max_splits) {
  const std::string reversed_text(text.view().rbegin(), text.view().rend());
  const std::string reversed_separator(separator.rbegin(), separator.rend());
  PieceList pieces(meter, max_splits);
  size_t end = text.size();
  while (pieces.may_split()) {
    const size_t found = find_bytes(reversed_text, reversed_separator, text.size() - end);
    if (found == std::string_view::npos) break;
    RETURN_IF_ERROR(pieces.add(text.slice(text.size() - found, end)));
    end = text.size() - found - separator.size();
  }
  RETURN_IF_ERROR(pieces.add(text.slice(0, end)));
  return pieces.take_reversed();
}

Pieces split_space(Meter& meter, const Text& text, int64_t max_splits) {
  const StripSet spaces(nullptr);
  const std::string_view bytes = text.view();
  PieceList pieces(meter, max_splits);
  size_t at = skip_forward(bytes, 0, spaces);
  while (at < bytes.size()) {
    const size_t end = pieces.may_split() ? skip_word(bytes, at) : bytes.size();
    RETURN_IF_ERROR(pieces.add(text.slice(at, end)));
    at = skip_forward(bytes, end, spaces);
  }
  return pieces.take();
}

Pieces split_space_right(Meter& meter, const Text& text, int64_t max_splits) {
  const StripSet spaces(nullptr);
  const std::string_view bytes = text.view();
  PieceList pieces(meter, max_splits);
  size_t end = skip_backward(bytes, 0, bytes.size(), spaces);
  while (end > 0) {
    const size_t begin = pieces.may_split() ? skip_word_backward(bytes, end) : 0;
    RETURN_IF_ERROR(pieces.add(text.slice(begin, end)));
    end = skip_backward(bytes, 0, begin, spaces);
  }
  return pieces.take_reversed();
}

Pieces split_lines(Meter& meter, const Text& text, bool keep_ends) {
  const std::string_view bytes = text.view();
  PieceList lines(meter, -1);
  size_t begin = 0;
  for (size_t i = 0; i < bytes.size();) {
    const size_t at = i;
    if (!is_line_break(next_char(bytes, &i))) continue;
    if (bytes[at] == '\r' && i < bytes.size() && bytes[i] == '\n') ++i;
    RETURN_IF_ERROR(lines.add(text.slice(begin, keep_ends ? i : at)));
    begin = i;
  }
  if (begin < bytes.size()) RETURN_IF_ERROR(lines.add(text.slice(begin, bytes.size())));
  return lines.take();
}

Result<Text> replace(Meter& meter, const Text& text, const Text& old, const Text& replacement,
                     int64_t count) {
  TextBuilder result(meter);
  const std::string_view bytes = text.view();
  RETURN_IF_ERROR(meter.work(bytes.size()));
  size_t copied = 0;
  size_t from = 0;
  for (int64_t done = 0; count < 0 || done < count; ++done) {
    // An empty `old` stands before each character and at the end.
    if (from > bytes.size()) break;
    const size_t found = find_bytes(bytes, old.view(), from);
    if (found == std::string_view::npos) break;
    RETURN_IF_ERROR(result.append(text, copied, found));
    RETURN_IF_ERROR(result.append(replacement));
    copied = found + old.size();
    from = copied;
    if (old.empty()) {
      if (from == bytes.size()) break;
      next_char(bytes, &from);
    }
  }
  RETURN_IF_ERROR(result.append(text, copied, text.size()));
  return result.take();
}

Result<Text> pad(Meter& meter, const Text& text, size_t width, Alignment alignment, const Text& fill) {
  const size_t length = count_chars(text.view());
  if (length >= width) return text;
  const size_t missing = width - length;
  size_t left = 0;
  if (alignment == Alignment::kRight) left = missing;
  // str.center puts an odd one to the left only in an odd width.
  if (alignment == Alignment::kCentre) left = missing / 2 + (missing & width & 1);
  TextBuilder result(meter);
  RETURN_IF_ERROR(result.append_repeated(fill, left));
  RETURN_IF_ERROR(result.append(text));
  RETURN_IF_ERROR(result.append_repeated(fill, missing - left));
  return result.take();
}

}  // namespace nagare::chat_template

#include "line_editor.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/graphemes.h"
#include "base/utf8.h"
#include "terminal.h"

namespace nagare::cli {
namespace {

constexpr int kSequenceTimeoutMs = 50;  // an Escape that nothing follows is the key itself
constexpr size_t kLongestSequence = 16;
constexpr size_t kLongestLine = 1 << 20;
constexpr size_t kLongestHistory = 500;
constexpr std::string_view kPasteBegin = "\x1b[?2004h";  // "bracketed paste": pasted text comes between marks
constexpr std::string_view kPasteEnd = "\x1b[?2004l";
constexpr std::string_view kPasted = "\x1b[201~";

constexpr char control(char letter) {
  return static_cast<char>(letter & 0x1f);
}

class RawMode {
 public:
  RawMode() : active_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    struct termios raw = before_;
    raw.c_iflag &= ~static_cast<tcflag_t>(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
    raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | IEXTEN | ISIG);
    raw.c_cflag |= static_cast<tcflag_t>(CS8);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    active_ = active_ && ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
    if (active_) fmt::print(stderr, "{}", kPasteBegin);
  }
  ~RawMode() {
    if (!active_) return;
    // In this order: who sees the mark may rely on Ctrl-C being a signal again.
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
    fmt::print(stderr, "{}", kPasteEnd);
  }
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;
  bool active() const { return active_; }

 private:
  struct termios before_{};
  bool active_;
};

// Nothing at the end of the input.
std::optional<char> read_byte() {
  char byte = 0;
  for (;;) {
    const ssize_t count = ::read(STDIN_FILENO, &byte, 1);
    if (count == 1) return byte;
    if (count == 0 || errno != EINTR) return std::nullopt;
  }
}

bool more_comes_within(int milliseconds) {
  struct pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, milliseconds) == 1;
}

// What stands for text that would break the row: a line break, a tab.
std::string on_one_row(std::string_view text) {
  std::string row;
  for (const char c : text) {
    if (c == '\n') {
      row += "⏎";
    } else {
      row += c == '\t' ? ' ' : c;
    }
  }
  return row;
}

}  // namespace

LineEditor::LineEditor(std::string prompt, std::string_view colour, std::string_view reset)
    : prompt_(std::move(prompt)), shown_prompt_(fmt::format("{}{}{}", colour, prompt_, reset)) {}

LineEditor::Line LineEditor::read() {
  const char* kind = std::getenv("TERM");
  const bool dumb = kind == nullptr || std::string_view(kind) == "dumb";
  if (dumb) return read_plain();
  Line line = read_raw();
  if (line.end != End::kLine || line.text.empty()) return line;
  if (history_.empty() || history_.back() != line.text) history_.push_back(line.text);
  if (history_.size() > kLongestHistory) history_.erase(history_.begin());
  return line;
}

LineEditor::Line LineEditor::read_plain() const {
  fmt::print(stderr, "{}", shown_prompt_);
  Line line;
  for (;;) {
    const std::optional<char> byte = read_byte();
    if (!byte && line.text.empty()) return {.end = End::kEndOfInput, .text = {}};
    if (!byte || *byte == '\n') return line;
    if (line.text.size() < kLongestLine) line.text += *byte;
  }
}

LineEditor::Line LineEditor::read_raw() {
  const RawMode raw;
  if (!raw.active()) return read_plain();
  buffer_.assign("");
  draft_.clear();
  history_index_ = history_.size();
  for (;;) {
    if (!more_comes_within(0)) draw(false);
    const std::optional<char> byte = read_byte();
    const std::optional<End> end = byte ? apply(*byte) : End::kEndOfInput;
    if (!end) continue;
    draw(true);
    return {.end = *end, .text = *end == End::kLine ? buffer_.text() : std::string()};
  }
}

std::optional<LineEditor::End> LineEditor::apply(char byte) {
  switch (byte) {
    case '\r':
    case '\n':
      return End::kLine;
    case control('C'):
      return End::kInterrupted;
    case control('D'):
      if (buffer_.text().empty()) return End::kEndOfInput;
      buffer_.erase_after();
      break;
    case control('H'):
    case '\x7f':
      buffer_.erase_before();
      break;
    case control('A'):
      buffer_.to_begin();
      break;
    case control('E'):
      buffer_.to_end();
      break;
    case control('B'):
      buffer_.left();
      break;
    case control('F'):
      buffer_.right();
      break;
    case control('K'):
      buffer_.erase_to_end();
      break;
    case control('U'):
      buffer_.erase_to_begin();
      break;
    case control('W'):
      buffer_.erase_word_before();
      break;
    case control('P'):
      browse(-1);
      break;
    case control('N'):
      browse(1);
      break;
    case control('L'):
      fmt::print(stderr, "\x1b[H\x1b[2J");
      break;
    case '\x1b':
      apply_escape();
      break;
    default:
      apply_character(byte);
  }
  return std::nullopt;
}

// A character of any length; what is not valid UTF-8 is dropped.
void LineEditor::apply_character(char lead) {
  std::string character(1, lead);
  const auto decode = [&] { return decode_utf8(character.data(), character.data() + character.size()); };
  while (decode().cut_off) {
    const std::optional<char> next = read_byte();
    if (!next) return;
    character += *next;
  }
  const bool shows = static_cast<unsigned char>(lead) >= 0x20 || lead == '\t';
  if (decode().valid && shows && buffer_.text().size() < kLongestLine) buffer_.insert(character);
}

// The rest of an escape sequence (ECMA-48: parameters, then one final byte), or of Alt with a letter.
void LineEditor::apply_escape() {
  std::string sequence;
  while (sequence.size() < kLongestSequence && more_comes_within(kSequenceTimeoutMs)) {
    const std::optional<char> byte = read_byte();
    if (!byte) return;
    sequence += *byte;
    const bool introducer = sequence.size() == 1 && (*byte == '[' || *byte == 'O');
    if (!introducer && *byte >= 0x40 && *byte <= 0x7e) break;
  }
  apply_sequence(sequence);
}

void LineEditor::apply_sequence(const std::string& sequence) {
  if (sequence == "[200~") {
    paste();
  } else if (sequence == "[A" || sequence == "OA") {
    browse(-1);
  } else if (sequence == "[B" || sequence == "OB") {
    browse(1);
  } else if (sequence == "[C" || sequence == "OC") {
    buffer_.right();
  } else if (sequence == "[D" || sequence == "OD") {
    buffer_.left();
  } else if (sequence == "[H" || sequence == "OH" || sequence == "[1~") {
    buffer_.to_begin();
  } else if (sequence == "[F" || sequence == "OF" || sequence == "[4~") {
    buffer_.to_end();
  } else if (sequence == "[3~") {
    buffer_.erase_after();
  } else if (sequence == "[1;5C" || sequence == "f") {
    buffer_.word_right();
  } else if (sequence == "[1;5D" || sequence == "b") {
    buffer_.word_left();
  }
}

// Everything up to the closing mark, line breaks included.
void LineEditor::paste() {
  std::string text;
  while (!text.ends_with(kPasted) && text.size() < kLongestLine) {
    const std::optional<char> byte = read_byte();
    if (!byte) break;
    text += *byte == '\r' ? '\n' : *byte;
  }
  if (text.ends_with(kPasted)) text.resize(text.size() - kPasted.size());
  std::string clean;
  for (size_t at = 0; at < text.size();) {
    const Utf8Char here = decode_utf8(text.data() + at, text.data() + text.size());
    const bool shows = here.code_point >= 0x20 || here.code_point == '\n' || here.code_point == '\t';
    if (here.valid && shows) clean.append(text, at, here.byte_count);
    at += here.byte_count;
  }
  buffer_.insert(clean);
}

void LineEditor::browse(int step) {
  if (step < 0 && history_index_ == 0) return;
  if (step > 0 && history_index_ == history_.size()) return;
  if (history_index_ == history_.size()) draft_ = buffer_.text();
  history_index_ = step < 0 ? history_index_ - 1 : history_index_ + 1;
  buffer_.assign(history_index_ == history_.size() ? draft_ : history_[history_index_]);
}

// One row: of a line that is longer, the part around the cursor.
void LineEditor::draw(bool last) const {
  const int room = std::max(8, terminal_of(stderr).columns - display_width(prompt_) - 1);
  const std::string before = on_one_row(std::string_view(buffer_.text()).substr(0, buffer_.cursor()));
  const std::string after = on_one_row(std::string_view(buffer_.text()).substr(buffer_.cursor()));
  size_t from = 0;
  int cursor_column = display_width(before);
  while (cursor_column > room - 1) {
    const size_t next = next_grapheme(before, from);
    cursor_column -= display_width(std::string_view(before).substr(from, next - from));
    from = next;
  }
  size_t to = 0;
  for (int column = cursor_column; to < after.size();) {
    const size_t next = next_grapheme(after, to);
    column += display_width(std::string_view(after).substr(to, next - to));
    if (column > room) break;
    to = next;
  }
  fmt::print(stderr, "\r{}{}{}\x1b[K", shown_prompt_, std::string_view(before).substr(from),
             std::string_view(after).substr(0, to));
  if (last) {
    fmt::print(stderr, "\r\n");
  } else {
    fmt::print(stderr, "\r\x1b[{}C", display_width(prompt_) + cursor_column);
  }
}

}  // namespace nagare::cli

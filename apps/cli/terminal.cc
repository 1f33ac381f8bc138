#include "terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace nagare::cli {

Terminal terminal_of(std::FILE* stream) {
  Terminal terminal;
  const int descriptor = ::fileno(stream);
  terminal.present = descriptor >= 0 && ::isatty(descriptor) == 1;
  if (!terminal.present) return terminal;
  const char* no_color = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  const bool dumb = kind == nullptr || std::string_view(kind) == "dumb" || *kind == '\0';
  terminal.colour = !dumb && (no_color == nullptr || *no_color == '\0');
  struct winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.columns = std::clamp<int>(size.ws_col, 20, 1000);
  }
  return terminal;
}

Palette::Palette(bool colour) {
  if (!colour) return;
  strong = "\x1b[1m";
  faint = "\x1b[2m";
  accent = "\x1b[36m";
  good = "\x1b[32m";
  warn = "\x1b[33m";
  reset = "\x1b[0m";
}

}  // namespace nagare::cli

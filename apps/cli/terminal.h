// What is known of the terminal behind a stream: whether there is one, how wide it is, whether it may be
// coloured (https://no-color.org). Everything drawn for people asks here.
#pragma once

#include <cstdio>
#include <string_view>

namespace nagare::cli {

struct Terminal {
  bool present = false;
  bool colour = false;
  int columns = 80;
};

Terminal terminal_of(std::FILE* stream);

// Escape sequences where the terminal takes colours, else nothing.
struct Palette {
  explicit Palette(bool colour);
  std::string_view strong, faint, accent, good, warn, reset;
};

}  // namespace nagare::cli

// Ctrl-C as a flag: while an InterruptScope lives, SIGINT does not end the program but raises the flag, which
// whoever generates looks at between two tokens.
#pragma once

#include <atomic>
#include <csignal>

namespace nagare::cli {

class InterruptScope {
 public:
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

  // Lowered at construction. Also raised by whoever has another reason to stop.
  std::atomic<bool>& flag() const;

 private:
  struct sigaction before_{};
};

}  // namespace nagare::cli

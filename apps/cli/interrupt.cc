#include "interrupt.h"

namespace nagare::cli {
namespace {

// A signal handler can reach nothing but a global.
std::atomic<bool>& interrupted() {
  static std::atomic<bool> flag{false};
  return flag;
}
static_assert(std::atomic<bool>::is_always_lock_free);

void raise_flag(int) {
  interrupted().store(true, std::memory_order_relaxed);
}

}  // namespace

InterruptScope::InterruptScope() {
  interrupted().store(false);
  struct sigaction action{};
  action.sa_handler = raise_flag;
  ::sigaction(SIGINT, &action, &before_);
}

InterruptScope::~InterruptScope() {
  ::sigaction(SIGINT, &before_, nullptr);
}

std::atomic<bool>& InterruptScope::flag() const {
  return interrupted();
}

}  // namespace nagare::cli

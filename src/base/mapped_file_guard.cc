#include "base/mapped_file_guard.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <mutex>

#include "base/mapped_file.h"

namespace nagare {
namespace {

constexpr int kSlotCount = 1024;  // mapped files at once; the largest split models have some hundred parts

// One watched range. A signal handler may read it at any moment, so it is a seqlock of lock-free atomics:
// `version` is odd while the range changes. A slot seen changing cannot hold the range that faulted, because
// that range is in use.
struct GuardSlot {
  std::atomic<uint32_t> version{0};
  std::atomic<uintptr_t> begin{0};
  std::atomic<uintptr_t> end{0};  // 0: the slot is free
  std::atomic<bool> damaged{false};
};
static_assert(std::atomic<uintptr_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

// A signal disposition belongs to the process, and so must what its handler reads.
std::array<GuardSlot, kSlotCount> g_slots;
std::mutex g_slots_mutex;  // for registering; never taken by the handler
uintptr_t g_page_bytes = 0;
struct sigaction g_previous;

void set_range(GuardSlot& slot, uintptr_t begin, uintptr_t end) {
  slot.version.fetch_add(1, std::memory_order_acq_rel);
  slot.begin.store(begin, std::memory_order_release);
  slot.end.store(end, std::memory_order_release);
  slot.version.fetch_add(1, std::memory_order_acq_rel);
}

// Puts zeros over the page of `address` and everything after it in its range: a file that shrank has lost
// all of them, and one page at a time could use up the process's mappings. Async-signal-safe.
bool mend(uintptr_t address) {
  for (GuardSlot& slot : g_slots) {
    const uint32_t version = slot.version.load(std::memory_order_acquire);
    const uintptr_t begin = slot.begin.load(std::memory_order_acquire);
    const uintptr_t end = slot.end.load(std::memory_order_acquire);
    if (version % 2 != 0 || slot.version.load(std::memory_order_acquire) != version) continue;
    if (address < begin || address >= end) continue;
    slot.damaged.store(true, std::memory_order_release);
    const uintptr_t page = address / g_page_bytes * g_page_bytes;
    void* mapped = ::mmap(reinterpret_cast<void*>(page), end - page, PROT_READ,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    return mapped != MAP_FAILED;
  }
  return false;
}

void chain(int signal_number, siginfo_t* info, void* context) {
  if ((g_previous.sa_flags & SA_SIGINFO) != 0) {
    g_previous.sa_sigaction(signal_number, info, context);
    return;
  }
  const bool sent_by_a_process = info->si_code <= 0;
  if (g_previous.sa_handler == SIG_IGN && sent_by_a_process) return;
  if (g_previous.sa_handler != SIG_DFL && g_previous.sa_handler != SIG_IGN) {
    g_previous.sa_handler(signal_number);
    return;
  }
  // The default ends the process: at the instruction that faults again, or by the signal sent again.
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  ::sigaction(signal_number, &standard, nullptr);
  if (sent_by_a_process) ::raise(signal_number);
}

void on_bus_error(int signal_number, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  const bool is_fault = info->si_code > 0;
  if (!is_fault || !mend(reinterpret_cast<uintptr_t>(info->si_addr))) chain(signal_number, info, context);
  errno = saved_errno;
}

Status install() {
  g_page_bytes = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  struct sigaction action = {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  // The previous handler is read first: a fault may come as soon as ours is in place.
  if (::sigaction(SIGBUS, nullptr, &g_previous) != 0 || ::sigaction(SIGBUS, &action, nullptr) != 0) {
    return failure("cannot install the guard for mapped files: {}", std::strerror(errno));
  }
  return {};
}

}  // namespace

namespace internal {

int guard_register(const std::byte* data, size_t length) {
  const std::scoped_lock lock(g_slots_mutex);
  const uintptr_t page_bytes = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(data);
  const uintptr_t end = (begin + length + page_bytes - 1) / page_bytes * page_bytes;
  for (int i = 0; i < kSlotCount; ++i) {
    GuardSlot& slot = g_slots[static_cast<size_t>(i)];
    if (slot.end.load(std::memory_order_relaxed) != 0) continue;
    slot.damaged.store(false, std::memory_order_release);
    set_range(slot, begin, end);
    return i;
  }
  return -1;
}

void guard_unregister(int slot) {
  if (slot < 0) return;
  const std::scoped_lock lock(g_slots_mutex);
  set_range(g_slots[static_cast<size_t>(slot)], 0, 0);
}

bool guard_damaged(int slot) {
  return slot >= 0 && g_slots[static_cast<size_t>(slot)].damaged.load(std::memory_order_acquire);
}

}  // namespace internal

Status install_mapped_file_guard() {
  static const Status installed = install();
  return installed;
}

}  // namespace nagare

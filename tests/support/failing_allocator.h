#pragma once

#include <cstdlib>
#include <new>

// Replaces the allocator of a test program, so that one allocation can be made to fail: for programs that
// test this alone. To be included by one source file of the program, because it defines the global operators.

namespace nagare::test {

// Allocations until the one that fails; negative: none does.
inline int g_allocations_left = -1;
// Whether one has failed since this was last set to false.
inline bool g_failed = false;

// → memory to be given back with std::free, or null where this is the allocation that fails.
inline void* allocate_or_fail(size_t bytes) noexcept {
  if (g_allocations_left == 0) {
    g_allocations_left = -1;
    g_failed = true;
    return nullptr;
  }
  if (g_allocations_left > 0) --g_allocations_left;
  return std::malloc(bytes == 0 ? 1 : bytes);
}

inline void* allocate_or_throw(size_t bytes) {
  void* memory = allocate_or_fail(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace nagare::test

void* operator new(size_t bytes) {
  return nagare::test::allocate_or_throw(bytes);
}
void* operator new[](size_t bytes) {
  return nagare::test::allocate_or_throw(bytes);
}
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  return nagare::test::allocate_or_fail(bytes);
}
void* operator new[](size_t bytes, const std::nothrow_t&) noexcept {
  return nagare::test::allocate_or_fail(bytes);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}

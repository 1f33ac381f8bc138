#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "runtime/buffer.h"
#include "runtime/slab_allocator.h"

namespace nagare {
namespace {

uintptr_t address(const std::byte* memory) {
  return reinterpret_cast<uintptr_t>(memory);
}

TEST(Buffer, LargeOnesBeginAtAHugePageAndAreZero) {
  for (const int64_t bytes : {1LL, 4095LL, 4097LL, 2LL << 20, (2LL << 20) + 1, (5LL << 20) + 12345}) {
    const auto buffer = Buffer::allocate(bytes);
    ASSERT_TRUE(buffer) << buffer.error().message;
    EXPECT_EQ(buffer->bytes(), bytes);
    EXPECT_EQ(address(buffer->data()) % (bytes < 2 << 20 ? 4096 : 2 << 20), 0u);
    EXPECT_EQ(std::count(buffer->data(), buffer->data() + bytes, std::byte{0}), bytes);
    std::memset(buffer->data(), 1, static_cast<size_t>(bytes));
  }
}

TEST(Buffer, WhatCannotBeReservedIsAnError) {
  for (const int64_t bytes : {int64_t{-1}, int64_t{1} << 60, INT64_MAX}) {
    const auto buffer = Buffer::allocate(bytes);
    ASSERT_FALSE(buffer);
    EXPECT_EQ(buffer.error().kind, ErrorKind::kOutOfMemory);
  }
}

TEST(SlabAllocator, PiecesOfAllSizesAreZeroAndApart) {
  SlabAllocator slabs;
  struct Piece {
    std::byte* memory;
    int64_t bytes;
  };
  std::vector<Piece> pieces;
  for (const int64_t bytes : {100LL, 300LL << 10, 20LL << 20, 11LL << 20, 1LL << 20, 40LL << 20, 5LL << 20,
                              1LL, 32LL << 20, 300LL << 10}) {
    const auto memory = slabs.allocate(bytes);
    ASSERT_TRUE(memory) << memory.error().message;
    EXPECT_EQ(address(*memory) % 4096, 0u);
    EXPECT_EQ(std::count(*memory, *memory + bytes, std::byte{0}), bytes);
    const auto number = static_cast<int>(pieces.size()) + 1;
    std::memset(*memory, number, static_cast<size_t>(bytes));
    pieces.push_back({*memory, bytes});
  }
  for (size_t i = 0; i < pieces.size(); ++i) {
    const auto [memory, bytes] = pieces[i];
    EXPECT_EQ(std::count(memory, memory + bytes, static_cast<std::byte>(i + 1)), bytes) << i;
  }
}

TEST(SlabAllocator, PiecesOfASlabFollowOneAnother) {
  SlabAllocator slabs;
  const auto first = slabs.allocate(1 << 20);
  const auto second = slabs.allocate((1 << 20) + 1);
  const auto third = slabs.allocate(1 << 20);
  ASSERT_TRUE(first && second && third);
  EXPECT_EQ(address(*first) % (2 << 20), 0u);
  EXPECT_EQ(*second, *first + (1 << 20));
  EXPECT_EQ(*third, *second + (1 << 20) + 4096);
}

TEST(SlabAllocator, WhatCannotBeReservedIsAnErrorAndTheNextPieceIsNot) {
  SlabAllocator slabs;
  EXPECT_FALSE(slabs.allocate(int64_t{1} << 60));
  EXPECT_FALSE(slabs.allocate(INT64_MAX));
  EXPECT_TRUE(slabs.allocate(1 << 20));
}

}  // namespace
}  // namespace nagare

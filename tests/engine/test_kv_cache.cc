#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <set>

#include "engine/kv_cache.h"
#include "graph/graph.h"

namespace nagare {
namespace {

constexpr std::array<int64_t, 2> kPageBytes{64, 128};

std::vector<int32_t> iota(int64_t count, int32_t first = 0) {
  std::vector<int32_t> tokens(static_cast<size_t>(count));
  std::iota(tokens.begin(), tokens.end(), first);
  return tokens;
}

void append(KvCache& cache, KvSequence& sequence, const std::vector<int32_t>& tokens) {
  ASSERT_TRUE(cache.reserve(sequence, static_cast<int64_t>(tokens.size())));
  cache.commit(sequence, tokens);
}

TEST(KvCache, ACommonPrefixIsShared) {
  auto cache = *KvCache::create(kPageBytes, 8);
  KvSequence a;
  append(cache, a, iota(3 * kKvPageTokens + 5));
  KvSequence b;
  auto prompt = iota(3 * kKvPageTokens);
  prompt[2 * kKvPageTokens + 1] = -7;  // differs in the third page
  EXPECT_EQ(cache.reuse_prefix(b, prompt), 2 * kKvPageTokens);
  EXPECT_EQ(b.pages[0], a.pages[0]);
  EXPECT_EQ(b.pages[1], a.pages[1]);
}

TEST(KvCache, TheLastTokenIsAlwaysComputed) {
  auto cache = *KvCache::create(kPageBytes, 8);
  KvSequence a;
  append(cache, a, iota(2 * kKvPageTokens));
  KvSequence b;
  EXPECT_EQ(cache.reuse_prefix(b, iota(2 * kKvPageTokens)), kKvPageTokens);
}

TEST(KvCache, PagesOutliveTheirSequenceUntilTheyAreNeeded) {
  auto cache = *KvCache::create(kPageBytes, 3);
  KvSequence a;
  append(cache, a, iota(2 * kKvPageTokens));
  cache.release(a);
  KvSequence b;
  EXPECT_EQ(cache.reuse_prefix(b, iota(2 * kKvPageTokens + 1)), 2 * kKvPageTokens);
  cache.release(b);
  KvSequence c;
  append(cache, c, iota(3 * kKvPageTokens, 1000));  // takes all three pages
  KvSequence d;
  EXPECT_EQ(cache.reuse_prefix(d, iota(2 * kKvPageTokens + 1)), 0);
}

TEST(KvCache, AFullCacheIsAnErrorThatSaysSo) {
  auto cache = *KvCache::create(kPageBytes, 2);
  KvSequence a;
  const auto status = cache.reserve(a, 3 * kKvPageTokens);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kOutOfMemory);
}

TEST(KvCache, GoingBackNeverLeavesASharedPageToBeWritten) {
  auto cache = *KvCache::create(kPageBytes, 8);
  KvSequence a;
  append(cache, a, iota(2 * kKvPageTokens + 10));
  EXPECT_EQ(cache.truncate(a, kKvPageTokens + 3), kKvPageTokens);
  EXPECT_EQ(a.pages.size(), 1u);
  append(cache, a, iota(3));
  EXPECT_EQ(cache.truncate(a, kKvPageTokens + 1), kKvPageTokens + 1);
}

// Random sequences come, grow, go back and leave; no page that may be written belongs to two of them, and
// what a sequence finds in the cache is what it asked for.
TEST(KvCache, RandomUse) {
  std::mt19937 engine(11);
  auto cache = *KvCache::create(kPageBytes, 24);
  std::vector<KvSequence> sequences(4);
  for (int step = 0; step < 3000; ++step) {
    KvSequence& sequence = sequences[engine() % sequences.size()];
    const auto length = static_cast<int64_t>(sequence.tokens.size());
    switch (engine() % 4) {
      case 0:
        cache.release(sequence);
        break;
      case 1:
        cache.truncate(sequence, length == 0 ? 0 : static_cast<int64_t>(engine()) % length);
        break;
      default: {
        const auto tokens =
            iota(1 + static_cast<int64_t>(engine() % 150), static_cast<int32_t>(engine() % 2) * 7);
        if (length == 0) {
          const int64_t reused = cache.reuse_prefix(sequence, tokens);
          for (int64_t i = 0; i < reused; ++i)
            ASSERT_EQ(sequence.tokens[static_cast<size_t>(i)], tokens[static_cast<size_t>(i)]);
        }
        const int64_t present = length == 0 ? static_cast<int64_t>(sequence.tokens.size()) : 0;
        const std::vector<int32_t> rest(tokens.begin() + present, tokens.end());
        if (length + 150 < 6 * kKvPageTokens && cache.reserve(sequence, static_cast<int64_t>(rest.size()))) {
          cache.commit(sequence, rest);
        }
      }
    }
    std::multiset<int32_t> writable;
    for (const KvSequence& s : sequences) {
      for (size_t i = s.shared_pages; i < s.pages.size(); ++i) writable.insert(s.pages[i]);
    }
    for (const int32_t page : writable) ASSERT_EQ(writable.count(page), 1u);
  }
}

}  // namespace
}  // namespace nagare

#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <set>

#include "engine/kv_cache.h"
#include "graph/graph.h"

namespace nagare {
namespace {

constexpr std::array<KvLayer, 2> kPlain{KvLayer{64, 0}, KvLayer{128, 0}};
constexpr int64_t kWindow = 2 * kKvPageTokens;
// A layer with a window, one without, and another with the same window.
constexpr std::array<KvLayer, 3> kMixed{KvLayer{64, kWindow}, KvLayer{64, 0}, KvLayer{64, kWindow}};

// For one sequence: so many pages, of which one is spare.
KvCapacity pages(int64_t count) {
  return {.context_length = (count - 1) * kKvPageTokens, .sequences = 1, .step_tokens = 3 * kKvPageTokens};
}

std::vector<int32_t> iota(int64_t count, int32_t first = 0) {
  std::vector<int32_t> tokens(static_cast<size_t>(count));
  std::iota(tokens.begin(), tokens.end(), first);
  return tokens;
}

void append(KvCache& cache, KvSequence& sequence, const std::vector<int32_t>& tokens) {
  const auto status = cache.reserve(sequence, static_cast<int64_t>(tokens.size()));
  ASSERT_TRUE(status) << status.error().message;
  cache.commit(sequence, tokens);
}

TEST(KvCache, ACommonPrefixIsShared) {
  auto cache = *KvCache::create(kPlain, pages(8));
  KvSequence a = cache.make_sequence();
  append(cache, a, iota(3 * kKvPageTokens + 5));
  KvSequence b = cache.make_sequence();
  auto prompt = iota(3 * kKvPageTokens);
  prompt[2 * kKvPageTokens + 1] = -7;  // differs in the third page
  EXPECT_EQ(cache.reuse_prefix(b, prompt), 2 * kKvPageTokens);
  EXPECT_EQ(b.groups[0].numbers, (std::vector{a.groups[0].numbers[0], a.groups[0].numbers[1]}));
}

TEST(KvCache, TheLastTokenIsAlwaysComputed) {
  auto cache = *KvCache::create(kPlain, pages(8));
  KvSequence a = cache.make_sequence();
  append(cache, a, iota(2 * kKvPageTokens));
  KvSequence b = cache.make_sequence();
  EXPECT_EQ(cache.reuse_prefix(b, iota(2 * kKvPageTokens)), kKvPageTokens);
}

TEST(KvCache, PagesOutliveTheirSequenceUntilTheyAreNeeded) {
  auto cache = *KvCache::create(kPlain, pages(3));
  KvSequence a = cache.make_sequence();
  append(cache, a, iota(2 * kKvPageTokens));
  cache.release(a);
  KvSequence b = cache.make_sequence();
  EXPECT_EQ(cache.reuse_prefix(b, iota(2 * kKvPageTokens + 1)), 2 * kKvPageTokens);
  cache.release(b);
  KvSequence c = cache.make_sequence();
  append(cache, c, iota(3 * kKvPageTokens, 1000));  // takes all three pages
  KvSequence d = cache.make_sequence();
  EXPECT_EQ(cache.reuse_prefix(d, iota(2 * kKvPageTokens + 1)), 0);
}

TEST(KvCache, AFullCacheIsAnErrorThatSaysSo) {
  auto cache = *KvCache::create(kPlain, pages(2));
  KvSequence a = cache.make_sequence();
  const auto status = cache.reserve(a, 3 * kKvPageTokens);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kOutOfMemory);
}

TEST(KvCache, GoingBackNeverLeavesASharedPageToBeWritten) {
  auto cache = *KvCache::create(kPlain, pages(8));
  KvSequence a = cache.make_sequence();
  append(cache, a, iota(2 * kKvPageTokens + 10));
  EXPECT_EQ(cache.truncate(a, kKvPageTokens + 3), kKvPageTokens);
  EXPECT_EQ(a.pages.size(), 1u);
  append(cache, a, iota(3));
  EXPECT_EQ(cache.truncate(a, kKvPageTokens + 1), kKvPageTokens + 1);
}

TEST(KvCache, LayersWithAWindowTakeMemoryForTheirWindow) {
  const KvCapacity capacity{.context_length = 100 * kKvPageTokens, .sequences = 2, .step_tokens = 512};
  // Window, a page of slack, eight pages of a step, one for a run that begins inside a page.
  const int64_t windowed = 2 + 1 + 8 + 1;
  EXPECT_EQ(kv_cache_bytes(kMixed, capacity), 2 * 64 * (101 + 2 * windowed));
  EXPECT_EQ(KvCache::create(kMixed, capacity)->bytes(), kv_cache_bytes(kMixed, capacity));
}

TEST(KvCache, ALongSequenceLivesInItsWindow) {
  auto cache = *KvCache::create(kMixed, pages(101));
  KvSequence a = cache.make_sequence();
  for (int32_t i = 0; i < 100; ++i) append(cache, a, iota(kKvPageTokens, i));
  ASSERT_EQ(a.groups.size(), 2u);
  EXPECT_EQ(a.groups[0].dropped, 100u - 4);  // a token at 6400 sees 6273 and later; slack of a page
  EXPECT_EQ(a.groups[1].dropped, 0u);
}

TEST(KvCache, GoingBackFurtherThanTheWindowsSlotsComputesAgain) {
  auto cache = *KvCache::create(kMixed, pages(101));
  KvSequence a = cache.make_sequence();
  for (int32_t i = 0; i < 100; ++i) append(cache, a, iota(kKvPageTokens, i));
  EXPECT_EQ(cache.truncate(a, 6399), 99 * kKvPageTokens);  // within the slack: only the shared page is lost
  EXPECT_EQ(cache.truncate(a, 50 * kKvPageTokens), 0);
  append(cache, a, iota(5));
  EXPECT_EQ(a.groups[0].dropped, 0u);
}

TEST(KvCache, APrefixIsSharedWhereItsWindowIsStillThere) {
  auto cache = *KvCache::create(kMixed, pages(101));
  std::vector<int32_t> prompt;
  KvSequence a = cache.make_sequence();
  for (int32_t i = 0; i < 50; ++i) {
    const auto tokens = iota(kKvPageTokens, 1000 * i);
    append(cache, a, tokens);
    prompt.insert(prompt.end(), tokens.begin(), tokens.end());
  }
  cache.release(a);
  prompt.push_back(-1);
  KvSequence b = cache.make_sequence();
  EXPECT_EQ(cache.reuse_prefix(b, prompt), 50 * kKvPageTokens);
  EXPECT_EQ(b.groups[0].dropped, 48u);
  cache.release(b);
  prompt.resize(20 * kKvPageTokens + 1);  // of these the windowed layers kept nothing
  KvSequence c = cache.make_sequence();
  EXPECT_EQ(cache.reuse_prefix(c, prompt), 0);
}

// What attention would find: each place of each slot remembers the beginning of the text that was written
// there, as a hash of all its tokens.
class Contents {
 public:
  void write(const KvSequence& sequence, size_t begin) {
    const std::vector<uint64_t> texts = hash_beginnings(sequence.tokens);
    numbers_.resize(sequence.groups.size());
    for (size_t g = 0; g < sequence.groups.size(); ++g) {
      for (size_t i = begin; i < texts.size(); ++i) {
        const size_t at = place(sequence.groups[g].numbers[i / kKvPageTokens], i);
        if (numbers_[g].size() <= at) numbers_[g].resize(at + 1);
        numbers_[g][at] = texts[i];
      }
    }
  }
  // Whether a token at the sequence's end reads its own text through windows of `windows[group]`.
  bool reads_its_own(const KvSequence& sequence, std::span<const int64_t> windows) const {
    const std::vector<uint64_t> texts = hash_beginnings(sequence.tokens);
    const auto position = static_cast<int64_t>(texts.size());
    for (size_t g = 0; g < sequence.groups.size(); ++g) {
      const int64_t first = windows[g] == 0 ? 0 : std::max<int64_t>(0, position - windows[g] + 1);
      for (auto i = static_cast<size_t>(first); i < texts.size(); ++i) {
        const int32_t slot = sequence.groups[g].numbers[i / kKvPageTokens];
        if (slot < 0 || numbers_[g][place(slot, i)] != texts[i]) return false;
      }
    }
    return true;
  }

 private:
  static size_t place(int32_t slot, size_t position) {
    return static_cast<size_t>(slot) * kKvPageTokens + position % kKvPageTokens;
  }
  static std::vector<uint64_t> hash_beginnings(const std::vector<int32_t>& tokens) {
    std::vector<uint64_t> hashes(tokens.size());
    uint64_t hash = 1;
    for (size_t i = 0; i < tokens.size(); ++i) {
      hash = (hash ^ static_cast<uint64_t>(tokens[i] + 1)) * 0x9e3779b97f4a7c15u;
      hash ^= hash >> 29;
      hashes[i] = hash;
    }
    return hashes;
  }
  std::vector<std::vector<uint64_t>> numbers_;  // by group
};

// Random sequences come, grow, go back and leave. No page that may be written belongs to two of them, and
// whatever is read was written by the same beginning of a text.
void use_at_random(std::span<const KvLayer> layers, std::span<const int64_t> windows, uint32_t seed) {
  std::mt19937 engine(seed);
  const KvCapacity capacity{.context_length = 7 * kKvPageTokens, .sequences = 4, .step_tokens = 150};
  auto cache = *KvCache::create(layers, capacity);
  std::vector<KvSequence> sequences(4, cache.make_sequence());
  Contents contents;
  for (int step = 0; step < 300; ++step) {
    KvSequence& sequence = sequences[engine() % sequences.size()];
    const auto length = static_cast<int64_t>(sequence.tokens.size());
    const uint32_t what = engine() % 8;
    if (what == 0) cache.release(sequence);
    if (what == 1 && length > 0) cache.truncate(sequence, static_cast<int64_t>(engine()) % length);
    if (what >= 2) {
      const auto tokens =
          iota(1 + static_cast<int64_t>(engine() % 150), static_cast<int32_t>(engine() % 2) * 7);
      size_t present = 0;
      if (length == 0) present = static_cast<size_t>(cache.reuse_prefix(sequence, tokens));
      ASSERT_TRUE(contents.reads_its_own(sequence, windows)) << "seed " << seed << ", step " << step;
      const std::vector<int32_t> rest(tokens.begin() + static_cast<int64_t>(present), tokens.end());
      const size_t begin = sequence.tokens.size();
      if (static_cast<int64_t>(begin + rest.size()) > capacity.context_length) continue;
      append(cache, sequence, rest);
      contents.write(sequence, begin);
    }
    std::multiset<int32_t> writable;
    for (const KvSequence& s : sequences) {
      ASSERT_TRUE(contents.reads_its_own(s, windows)) << "seed " << seed << ", step " << step;
      for (size_t i = s.shared_pages; i < s.pages.size(); ++i) writable.insert(s.pages[i]);
    }
    for (const int32_t page : writable) ASSERT_EQ(writable.count(page), 1u);
  }
}

TEST(KvCache, RandomUse) {
  constexpr std::array<int64_t, 1> kWindows{0};
  for (uint32_t seed = 0; seed < 4; ++seed) use_at_random(kPlain, kWindows, seed);
}

TEST(KvCache, RandomUseWithWindows) {
  constexpr std::array<int64_t, 2> kWindows{kWindow, 0};
  for (uint32_t seed = 0; seed < 6; ++seed) use_at_random(kMixed, kWindows, seed);
}

TEST(KvCache, RandomUseWithWindowsOnly) {
  constexpr std::array<KvLayer, 2> kLayers{KvLayer{64, 70}, KvLayer{64, 1}};
  constexpr std::array<int64_t, 2> kWindows{70, 1};
  for (uint32_t seed = 0; seed < 6; ++seed) use_at_random(kLayers, kWindows, seed);
}

}  // namespace
}  // namespace nagare

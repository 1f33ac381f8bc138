// What the conformance cases do not show of attention: that a row has the same bits however its prompt was
// cut into calls, whatever else is in the call and at any number of threads; that pages before the window are
// never touched, nor what lies in a page behind the last token; that NaN is not hidden.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "ops/attention/attention.h"
#include "runtime/buffer.h"
#include "solve/trial_inputs.h"

namespace nagare {
namespace {

uint64_t seed() {
  const char* text = std::getenv("NAGARE_TEST_SEED");
  return text == nullptr ? 20261125 : std::strtoull(text, nullptr, 10);
}

constexpr int64_t pages_for(int64_t tokens) {
  return (tokens + kKvPageTokens - 1) / kKvPageTokens;
}

// A sequence: q, k and v of every position in one array of rows, and what came out.
struct Sequence {
  Sequence(const AttentionProblem& p, int64_t count, uint64_t seed)
      : tokens(count),
        stride(p.heads * p.head_dim + p.kv_heads * (p.head_dim + p.value_dim)),
        qkv(random_floats(count * stride, seed, 0.7f)),
        dst(static_cast<size_t>(count * p.heads * p.value_dim)) {}

  int64_t tokens, stride;
  std::vector<float> qkv, dst;
};

// One solver on one device with a cache of its own, whose bytes are all ones (NaN) before they are written.
class Runner {
 public:
  Runner(const AttentionProblem& p, const AttentionSolver& solver, int threads, int64_t pages)
      : problem_(p),
        device_(*Device::open_cpu(threads)),
        kernel_(*solver.prepare(p, device_->traits())),
        cache_(*Buffer::allocate(pages * kv_page_bytes(p))),
        workspace_(*Buffer::allocate(attention_workspace_bytes(p, threads))),
        slopes_(random_floats(p.heads, seed() + 9, 0.1f)) {
    std::memset(cache_.data(), 0xff, static_cast<size_t>(cache_.bytes()));
  }

  // Rows [first, first + rows) of a sequence.
  struct Piece {
    Sequence* sequence = nullptr;
    int64_t first = 0;
    int64_t rows = 0;
    const int32_t* pages = nullptr;
  };

  void run(const std::vector<Piece>& pieces, std::byte* cache = nullptr) {
    // The pieces' rows go into one array, as the engine packs a step.
    const AttentionProblem& p = problem_;
    const int64_t stride = pieces[0].sequence->stride;
    const int64_t out = p.heads * p.value_dim;
    std::vector<float> qkv;
    std::vector<AttentionSpan> spans;
    int32_t rows = 0;
    for (const Piece& piece : pieces) {
      const float* begin = piece.sequence->qkv.data() + piece.first * stride;
      qkv.insert(qkv.end(), begin, begin + piece.rows * stride);
      spans.push_back({.first_row = rows,
                       .rows = static_cast<int32_t>(piece.rows),
                       .first_position = static_cast<int32_t>(piece.first),
                       .pages = piece.pages});
      rows += static_cast<int32_t>(piece.rows);
    }
    std::vector<float> dst(static_cast<size_t>(rows * out));
    kernel_->run(device_->stream(), {.q = qkv.data(),
                                     .q_stride = stride,
                                     .k = qkv.data() + p.heads * p.head_dim,
                                     .k_stride = stride,
                                     .v = qkv.data() + p.heads * p.head_dim + p.kv_heads * p.head_dim,
                                     .v_stride = stride,
                                     .dst = dst.data(),
                                     .dst_stride = out,
                                     .cache = cache == nullptr ? cache_.data() : cache,
                                     .spans = spans,
                                     .scale = 0.2f,
                                     .softcap = p.softcap ? 3.0f : 0.0f,
                                     .alibi_slopes = p.alibi ? slopes_.data() : nullptr,
                                     .workspace = workspace_.data()});
    const float* from = dst.data();
    for (const Piece& piece : pieces) {
      std::copy_n(from, piece.rows * out, piece.sequence->dst.data() + piece.first * out);
      from += piece.rows * out;
    }
  }

  const Device& device() const { return *device_; }

 private:
  AttentionProblem problem_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<AttentionKernel> kernel_;
  Buffer cache_, workspace_;
  std::vector<float> slopes_;
};

std::vector<AttentionProblem> problems() {
  AttentionProblem plain{.heads = 6, .kv_heads = 2, .head_dim = 24, .value_dim = 40, .kv = DType::kF32};
  AttentionProblem window = plain;
  window.kv = DType::kF16;
  window.window = 70;
  AttentionProblem odd{.heads = 3, .kv_heads = 3, .head_dim = 33, .value_dim = 17, .kv = DType::kBF16};
  odd.alibi = true;
  AttentionProblem shared{.heads = 13, .kv_heads = 1, .head_dim = 16, .value_dim = 16, .kv = DType::kF16};
  shared.softcap = true;
  shared.window = 300;
  AttentionProblem quantised{.heads = 4, .kv_heads = 2, .head_dim = 40, .value_dim = 33, .kv = DType::kQ4_0};
  return {plain, window, odd, shared, quantised};
}

// All but the reference: it goes from row to row, and is slow.
std::vector<const AttentionSolver*> solvers(const AttentionProblem& p) {
  const auto traits = detect_cpu(1);
  std::vector<const AttentionSolver*> usable;
  for (const AttentionSolver* solver : attention_solvers()) {
    if (solver != attention_solvers().back() && traits && solver->applicable(p, *traits))
      usable.push_back(solver);
  }
  return usable;
}

std::vector<int32_t> reversed_pages(int64_t tokens) {
  std::vector<int32_t> pages;
  for (int64_t page = pages_for(tokens); page > 0; --page) pages.push_back(static_cast<int32_t>(page - 1));
  return pages;
}

constexpr int64_t kTokens = 600;  // three chunks

TEST(Attention, BitsDependNeitherOnCutsNorOnThreads) {
  for (const AttentionProblem& p : problems()) {
    const std::vector<int32_t> pages = reversed_pages(kTokens);
    for (const AttentionSolver* solver : solvers(p)) {
      Sequence whole(p, kTokens, seed());
      Runner(p, *solver, 1, pages_for(kTokens)).run({{&whole, 0, kTokens, pages.data()}});
      for (const int threads : {1, 3}) {
        Sequence cut(p, kTokens, seed());
        Runner runner(p, *solver, threads, pages_for(kTokens));
        int64_t first = 0;
        for (const int64_t rows : {1, 2, 62, 150, 1, 40, 1, 270, 1, 1, 71}) {
          runner.run({{&cut, first, rows, pages.data()}});
          first += rows;
        }
        ASSERT_EQ(first, kTokens);
        EXPECT_EQ(std::memcmp(whole.dst.data(), cut.dst.data(), whole.dst.size() * 4), 0)
            << solver->id() << " " << threads << " threads: " << print(p).print();
      }
    }
  }
}

TEST(Attention, BitsDoNotDependOnOtherSequences) {
  for (const AttentionProblem& p : problems()) {
    const std::vector<int32_t> pages = reversed_pages(kTokens);
    std::vector<int32_t> other_pages = pages;
    for (int32_t& page : other_pages) page += static_cast<int32_t>(pages.size());
    for (const AttentionSolver* solver : solvers(p)) {
      Sequence alone(p, kTokens, seed()), joined(p, kTokens, seed()), other(p, kTokens, seed() + 1);
      Runner first(p, *solver, 2, 2 * pages_for(kTokens)), second(p, *solver, 2, 2 * pages_for(kTokens));
      first.run({{&alone, 0, 399, pages.data()}});
      first.run({{&alone, 399, 1, pages.data()}});
      first.run({{&alone, 400, 200, pages.data()}});
      second.run({{&other, 0, 3, other_pages.data()}, {&joined, 0, 399, pages.data()}});
      second.run({{&joined, 399, 1, pages.data()}, {&other, 3, 500, other_pages.data()}});
      second.run({{&other, 503, 1, other_pages.data()}, {&joined, 400, 200, pages.data()}});
      EXPECT_EQ(std::memcmp(alone.dst.data(), joined.dst.data(), alone.dst.size() * 4), 0)
          << solver->id() << ": " << print(p).print();
    }
  }
}

// Pages before the window lie where any access is fatal, as their numbers may be -1.
TEST(Attention, PagesBeforeTheWindowAreNotTouched) {
  AttentionProblem p{.heads = 4, .kv_heads = 2, .head_dim = 64, .value_dim = 64, .kv = DType::kF32};
  p.window = 100;
  const int64_t page_bytes = kv_page_bytes(p);
  ASSERT_EQ(page_bytes % 4096, 0);
  const std::vector<int32_t> pages = reversed_pages(kTokens);
  const int64_t bytes = page_bytes * (1 + pages_for(kTokens));
  void* const memory =
      mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  ASSERT_EQ(mprotect(memory, static_cast<size_t>(page_bytes), PROT_NONE), 0);
  std::byte* const cache = static_cast<std::byte*>(memory) + page_bytes;
  std::vector<const AttentionSolver*> all = solvers(p);
  all.push_back(attention_solvers().back());
  for (const AttentionSolver* solver : all) {
    Sequence kept(p, kTokens, seed()), dropped(p, kTokens, seed());
    Runner runner(p, *solver, 2, 1);
    runner.run({{&kept, 0, kTokens, pages.data()}}, cache);
    std::vector<int32_t> left = pages;
    for (const auto& [first, rows] : {std::pair<int64_t, int64_t>{400, 150}, {550, 1}, {551, 49}}) {
      const int64_t first_seen = first - p.window + 1;
      for (int64_t page = 0; page < first_seen / kKvPageTokens; ++page) left[static_cast<size_t>(page)] = -1;
      runner.run({{&dropped, first, rows, left.data()}}, cache);
    }
    const auto skip = static_cast<size_t>(400 * p.heads * p.value_dim);
    EXPECT_EQ(std::memcmp(kept.dst.data() + skip, dropped.dst.data() + skip, (kept.dst.size() - skip) * 4), 0)
        << solver->id();
  }
  munmap(memory, static_cast<size_t>(bytes));
}

TEST(Attention, NanShowsAndStaysInItsRow) {
  AttentionProblem p{.heads = 4, .kv_heads = 2, .head_dim = 16, .value_dim = 16, .kv = DType::kF32};
  const std::vector<int32_t> pages = reversed_pages(20);
  for (const AttentionSolver* solver : solvers(p)) {
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      Sequence sequence(p, 20, seed());
      sequence.qkv[static_cast<size_t>(7 * sequence.stride + 3)] = bad;  // q of head 0
      Runner(p, *solver, 1, 1).run({{&sequence, 0, 20, pages.data()}});
      for (int64_t i = 0; i < 20 * p.heads * p.value_dim; ++i) {
        const bool spoilt = i / (p.heads * p.value_dim) == 7 && i % (p.heads * p.value_dim) < p.value_dim;
        EXPECT_EQ(std::isfinite(sequence.dst[static_cast<size_t>(i)]), !spoilt) << solver->id() << " " << i;
      }
    }
  }
}

}  // namespace
}  // namespace nagare

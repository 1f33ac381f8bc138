// Rows dequantised chunk by chunk. The table is read where it lies in the file; its rows are few per step, so
// the exact scalar unpacking of tensor/dequantise.h is fast enough on every instruction set (a row of 2,048
// takes microseconds beside milliseconds of multiplication).
#include "ops/embed/embed_solvers.h"
#include "ops/parallel_rows.h"
#include "tensor/dequantise.h"

namespace nagare {
namespace {

constexpr int64_t kChunk = 1024;  // a multiple of every block

void run_row(const EmbedProblem& p, const EmbedArguments& a, const std::byte* src, float* dst) {
  if (!p.accumulate && a.scale == 1.0f) return dequantise_row(p.table, src, dst, p.n);
  float values[kChunk];
  for (int64_t first = 0; first < p.n; first += kChunk) {
    const int64_t count = p.n - first < kChunk ? p.n - first : kChunk;
    dequantise_row(p.table, src + row_bytes(p.table, first), values, count);
    for (int64_t i = 0; i < count; ++i) {
      dst[first + i] = values[i] * a.scale + (p.accumulate ? dst[first + i] : 0.0f);
    }
  }
}

void run(const Stream& stream, const EmbedProblem& p, const EmbedArguments& a) {
  const int64_t bytes = row_bytes(p.table, p.n);
  parallel_rows(stream, a.rows, a.rows * p.n * 4, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      run_row(p, a, a.table + a.ids[row] * bytes, a.dst + row * a.dst_stride);
    }
  });
}

}  // namespace

IsaSolver<EmbedProblem, EmbedArguments> embed_generic() {
  return IsaSolver<EmbedProblem, EmbedArguments>({.id = "generic",
                                                  .level = IsaLevel::kGeneric,
                                                  .function = &run,
                                                  .work = &work_of,
                                                  .bytes_per_second = 4e9,
                                                  .flops_per_second = 4e9});
}

}  // namespace nagare

// Plain, slow, obviously right.
#include <vector>

#include "ops/embed/embed_solvers.h"
#include "tensor/dequantise.h"

namespace nagare {
namespace {

void run(const Stream&, const EmbedProblem& p, const EmbedArguments& a) {
  std::vector<float> values(static_cast<size_t>(p.n));
  for (int64_t row = 0; row < a.rows; ++row) {
    dequantise_row(p.table, a.table + a.ids[row] * row_bytes(p.table, p.n), values.data(), p.n);
    float* dst = a.dst + row * a.dst_stride;
    for (int64_t i = 0; i < p.n; ++i) {
      const double value = static_cast<double>(values[static_cast<size_t>(i)]) * static_cast<double>(a.scale);
      dst[i] = static_cast<float>(p.accumulate ? static_cast<double>(dst[i]) + value : value);
    }
  }
}

}  // namespace

IsaSolver<EmbedProblem, EmbedArguments> embed_reference() {
  return IsaSolver<EmbedProblem, EmbedArguments>({.id = "reference",
                                                  .level = IsaLevel::kGeneric,
                                                  .function = &run,
                                                  .work = &work_of,
                                                  .bytes_per_second = 1e9,
                                                  .flops_per_second = 0.5e9});
}

}  // namespace nagare

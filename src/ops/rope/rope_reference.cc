// Plain, slow, obviously right.
#include "ops/rope/rope_solvers.h"

namespace nagare {
namespace {

void turn(const RopeProblem& p, const float* table, float* head) {
  for (int64_t i = 0; i < p.dims / 2; ++i) {
    const int64_t first = p.kind == RopeKind::kInterleaved ? 2 * i : i;
    const int64_t second = p.kind == RopeKind::kInterleaved ? 2 * i + 1 : i + p.dims / 2;
    const double cosine = table[2 * i];
    const double sine = table[2 * i + 1];
    const double x = head[first];
    const double y = head[second];
    head[first] = static_cast<float>(x * cosine - y * sine);
    head[second] = static_cast<float>(x * sine + y * cosine);
  }
}

void run(const Stream&, const RopeProblem& p, const RopeArguments& a) {
  for (int64_t row = 0; row < a.rows; ++row) {
    for (int64_t head = 0; head < p.heads; ++head) {
      turn(p, a.table + row * p.dims, a.data + row * a.stride + head * p.head_dim);
    }
  }
}

}  // namespace

IsaSolver<RopeProblem, RopeArguments> rope_reference() {
  return IsaSolver<RopeProblem, RopeArguments>({.id = "reference",
                                                .level = IsaLevel::kGeneric,
                                                .function = &run,
                                                .work = &work_of,
                                                .bytes_per_second = 1e9,
                                                .flops_per_second = 0.5e9});
}

}  // namespace nagare

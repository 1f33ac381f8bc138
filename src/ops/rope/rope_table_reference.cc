// Plain, slow, obviously right: the C library in double precision.
#include <cmath>

#include "ops/rope/rope_table_solvers.h"

namespace nagare {
namespace {

void run(const Stream&, const RopeTableProblem& p, const RopeTableArguments& a) {
  for (int64_t row = 0; row < a.rows; ++row) {
    for (int64_t i = 0; i < p.dims / 2; ++i) {
      const double angle = static_cast<double>(a.positions[row]) * a.inverse_frequencies[i];
      a.table[row * p.dims + 2 * i] = static_cast<float>(static_cast<double>(a.magnitude) * std::cos(angle));
      a.table[row * p.dims + 2 * i + 1] =
          static_cast<float>(static_cast<double>(a.magnitude) * std::sin(angle));
    }
  }
}

}  // namespace

IsaSolver<RopeTableProblem, RopeTableArguments> rope_table_reference() {
  return IsaSolver<RopeTableProblem, RopeTableArguments>({.id = "reference",
                                                          .level = IsaLevel::kGeneric,
                                                          .function = &run,
                                                          .work = &work_of,
                                                          .bytes_per_second = 1e9,
                                                          .flops_per_second = 0.5e9});
}

}  // namespace nagare

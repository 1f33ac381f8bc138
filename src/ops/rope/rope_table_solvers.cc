#include "ops/rope/rope_table_solvers.h"

namespace nagare {

const std::vector<const RopeTableSolver*>& rope_table_solvers() {
  static const auto avx512 = rope_table_avx512();
  static const auto avx2 = rope_table_avx2();
  static const auto generic = rope_table_generic();
  static const auto reference = rope_table_reference();
  static const std::vector<const RopeTableSolver*> all{&avx512, &avx2, &generic, &reference};
  return all;
}

}  // namespace nagare

#include "ops/norm/norm_solvers.h"

namespace nagare {

const std::vector<const NormSolver*>& norm_solvers() {
  static const auto avx512 = norm_avx512();
  static const auto avx2 = norm_avx2();
  static const auto generic = norm_generic();
  static const auto reference = norm_reference();
  static const std::vector<const NormSolver*> all{&avx512, &avx2, &generic, &reference};
  return all;
}

}  // namespace nagare

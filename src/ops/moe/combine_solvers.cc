#include "ops/moe/combine_solvers.h"

namespace nagare {

const std::vector<const CombineSolver*>& combine_solvers() {
  static const auto avx512 = combine_avx512();
  static const auto avx2 = combine_avx2();
  static const auto generic = combine_generic();
  static const auto reference = combine_reference();
  static const std::vector<const CombineSolver*> all{&avx512, &avx2, &generic, &reference};
  return all;
}

}  // namespace nagare

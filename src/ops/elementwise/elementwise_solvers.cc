#include "ops/elementwise/elementwise_solvers.h"

namespace nagare {

const std::vector<const ElementwiseSolver*>& elementwise_solvers() {
  static const auto avx512 = elementwise_avx512();
  static const auto avx2 = elementwise_avx2();
  static const auto generic = elementwise_generic();
  static const auto reference = elementwise_reference();
  static const std::vector<const ElementwiseSolver*> all{&avx512, &avx2, &generic, &reference};
  return all;
}

}  // namespace nagare

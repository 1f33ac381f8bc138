#include "ops/activation/activation_solvers.h"

namespace nagare {

const std::vector<const ActivationSolver*>& activation_solvers() {
  static const auto avx512 = activation_avx512();
  static const auto avx2 = activation_avx2();
  static const auto generic = activation_generic();
  static const auto reference = activation_reference();
  static const std::vector<const ActivationSolver*> all{&avx512, &avx2, &generic, &reference};
  return all;
}

}  // namespace nagare

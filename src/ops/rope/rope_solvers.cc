#include "ops/rope/rope_solvers.h"

namespace nagare {

const std::vector<const RopeSolver*>& rope_solvers() {
  static const auto avx512 = rope_avx512();
  static const auto avx2 = rope_avx2();
  static const auto generic = rope_generic();
  static const auto reference = rope_reference();
  static const std::vector<const RopeSolver*> all{&avx512, &avx2, &generic, &reference};
  return all;
}

}  // namespace nagare

#include "ops/attention/attention_solvers.h"

namespace nagare {

const std::vector<const AttentionSolver*>& attention_solvers() {
  static const auto avx512 = attention_avx512();
  static const auto avx2 = attention_avx2();
  static const auto generic = attention_generic();
  static const auto reference = attention_reference();
  static const std::vector<const AttentionSolver*> all{&avx512, &avx2, &generic, &reference};
  return all;
}

}  // namespace nagare

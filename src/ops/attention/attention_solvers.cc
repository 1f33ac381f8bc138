#include "ops/attention/attention_solvers.h"

namespace nagare {

const std::vector<const AttentionSolver*>& attention_solvers() {
  static const auto reference = attention_reference();
  static const std::vector<const AttentionSolver*> all{&reference};
  return all;
}

}  // namespace nagare

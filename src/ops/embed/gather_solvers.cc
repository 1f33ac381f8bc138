#include "ops/embed/gather_solvers.h"

namespace nagare {

const std::vector<const GatherSolver*>& gather_solvers() {
  static const auto generic = gather_generic();
  static const auto reference = gather_reference();
  static const std::vector<const GatherSolver*> all{&generic, &reference};
  return all;
}

}  // namespace nagare

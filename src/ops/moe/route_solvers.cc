#include "ops/moe/route_solvers.h"

namespace nagare {

const std::vector<const RouteSolver*>& route_solvers() {
  static const auto generic = route_generic();
  static const auto reference = route_reference();
  static const std::vector<const RouteSolver*> all{&generic, &reference};
  return all;
}

}  // namespace nagare

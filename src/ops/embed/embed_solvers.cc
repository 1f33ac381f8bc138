#include "ops/embed/embed_solvers.h"

namespace nagare {

const std::vector<const EmbedSolver*>& embed_solvers() {
  static const auto generic = embed_generic();
  static const auto reference = embed_reference();
  static const std::vector<const EmbedSolver*> all{&generic, &reference};
  return all;
}

}  // namespace nagare

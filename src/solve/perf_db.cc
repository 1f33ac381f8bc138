#include "solve/perf_db.h"

namespace nagare {

const Measurement* PerfDb::find(std::string_view problem, std::string_view solver, int version) const {
  const auto found = by_problem_.find(std::string(problem));
  if (found == by_problem_.end()) return nullptr;
  for (const Measurement& measurement : found->second) {
    if (measurement.solver == solver && measurement.version == version) return &measurement;
  }
  return nullptr;
}

void PerfDb::store(const Measurement& measurement) {
  std::vector<Measurement>& known = by_problem_[measurement.problem];
  for (Measurement& other : known) {
    if (other.solver != measurement.solver || other.version != measurement.version) continue;
    other = measurement;
    return;
  }
  known.push_back(measurement);
  ++size_;
}

}  // namespace nagare

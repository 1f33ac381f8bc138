// The way a model's computation takes, op by op: which solver was chosen for each, which ones refused and
// why, what it is measured or estimated to take. Repeated layers are collapsed.
#pragma once

#include <string>
#include <vector>

#include "graph/executor.h"

namespace nagare {

// One op, or the same op of several layers.
struct ExplainedOp {
  std::string name;     // "blk.*.attn_q+k" where layers were collapsed
  int64_t repeats = 1;  // layers that it stands for
  Station station = Station::kCopy;
  std::string problem;
  Choice choice;
  Work work;  // of one of them
};

// The plan for `tokens` rows of which `outputs` go to the output (1 and 1: one step of an answer).
Result<std::vector<ExplainedOp>> explain(Executor& executor, int64_t tokens, int64_t outputs);

}  // namespace nagare

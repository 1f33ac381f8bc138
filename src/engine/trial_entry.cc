#include "engine/trial_entry.h"

#include "ops/op_list.h"
#include "solve/child_trial.h"

namespace nagare {

std::optional<int> maybe_run_trial(int argument_count, char** arguments) {
  return maybe_run_child_trial(argument_count, arguments, find_op);
}

}  // namespace nagare

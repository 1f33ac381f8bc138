// What a program that lets nagare try solvers in child processes calls first in main(): the child is a fresh
// run of the same program, and here it finds out that it is one.
#pragma once

#include <optional>

namespace nagare {

// In a child: runs the trial and gives the exit code to end with at once. In any other process: nothing. A
// program that calls it may set TextModelOptions::isolate.
std::optional<int> maybe_run_trial(int argument_count, char** arguments);

}  // namespace nagare

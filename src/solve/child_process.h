// A child process of this same program with a deadline: spawned, watched, and read; for child_trial.cc.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace nagare {

// The descriptor on which the child finds the pipe for its answer.
inline constexpr int kChildAnswerFd = 3;

struct ChildOutcome {
  std::string answer;     // what it wrote on kChildAnswerFd, bounded
  std::string complaint;  // the end of what it wrote on stderr, bounded
  bool timed_out = false;
  int wait_status = 0;  // as of waitpid(); of no meaning where it timed out
};

// Runs /proc/self/exe with these arguments in a process group of its own, with no open file of ours but the
// answer pipe, stdin and stdout on /dev/null, and default signal handlers. At the deadline the whole group is
// killed. Works with stdin, stdout and stderr closed.
Result<ChildOutcome> run_child(const std::vector<std::string>& arguments, double deadline_seconds);

}  // namespace nagare

#include "solve/child_trial.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstring>
#include <ctime>
#include <vector>

#include "base/clock.h"
#include "base/printable.h"
#include "solve/child_process.h"

namespace nagare {
namespace {

// Hidden from --help: only this file writes and reads it.
constexpr std::string_view kMark = "--trial";
constexpr int kRuns = 3;
constexpr unsigned kLongestLifeSeconds = 600;
constexpr double kLongestRunsSeconds = 1;

// The answer line: "ok SECONDS ERROR TOLERANCE" or "refused NAME REASON".
constexpr std::string_view kOk = "ok ";
constexpr std::string_view kRefused = "refused ";

std::string_view next_word(std::string_view& rest) {
  const size_t space = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, space);
  rest.remove_prefix(std::min(space + 1, rest.size()));
  return word;
}

std::optional<double> next_number(std::string_view& rest) {
  const std::string_view word = next_word(rest);
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || word.empty()) return std::nullopt;
  return value;
}

// ---- the child ----

struct ChildTask {
  std::string_view line;
  std::string_view solver;
  uint64_t seed = 1;
  int threads = 1;
};

template <class Number>
bool parse_number(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

// nagare --trial LINE --solver ID --seed N --threads T
std::optional<ChildTask> parse_task(int count, char** arguments) {
  if (count != 9 || arguments[1] != kMark) return std::nullopt;
  ChildTask task{.line = arguments[2], .solver = arguments[4]};
  if (arguments[3] != std::string_view("--solver") || arguments[5] != std::string_view("--seed") ||
      arguments[7] != std::string_view("--threads") || !parse_number(arguments[6], task.seed) ||
      !parse_number(arguments[8], task.threads)) {
    return std::nullopt;
  }
  return task;
}

std::string refusal_line(Refusal refusal, const std::string& reason) {
  return fmt::format("{}{} {}", kRefused, name(refusal), printable(reason, 400));
}

std::string refusal_line(const Error& error) {
  return refusal_line(error.kind == ErrorKind::kOutOfMemory ? Refusal::kMemory : Refusal::kFailed,
                      error.message);
}

double time_once(Trial& trial, const Stream& stream) {
  const int64_t start = now_ns();
  trial.run(stream);
  return std::max(1e-9, static_cast<double>(now_ns() - start) * 1e-9);
}

Result<std::string> run_task(const ChildTask& task, OpLookup find_op) {
  ASSIGN_OR_RETURN(const ProblemLine line, ProblemLine::parse(task.line));
  ASSIGN_OR_RETURN(const Op* op, find_op(line.op()));
  ASSIGN_OR_RETURN(const auto device, Device::open_cpu(task.threads));
  ASSIGN_OR_RETURN(const auto trial, op->make_trial(line, task.solver, device->traits(), task.seed));
  trial->run(device->stream());
  const double error = trial->error(device->stream());
  std::vector<double> seconds;
  double spent = 0;
  while (seconds.size() < kRuns && spent < kLongestRunsSeconds) {
    seconds.push_back(time_once(*trial, device->stream()));
    spent += seconds.back();
  }
  std::sort(seconds.begin(), seconds.end());
  return fmt::format("{}{:e} {:e} {:e}", kOk, seconds[seconds.size() / 2], error, trial->tolerance());
}

// ---- the parent ----

std::string describe_signal(int signal) {
  const char* short_name = ::sigabbrev_np(signal);
  return short_name == nullptr ? fmt::format("signal {}", signal) : fmt::format("SIG{}", short_name);
}

// The last line of what it wrote on stderr, which is where libraries say why they abort.
std::string last_words(const std::string& complaint) {
  const size_t end = complaint.find_last_not_of(" \t\r\n");
  if (end == std::string::npos) return "";
  const size_t begin = complaint.find_last_of('\n', end);
  return fmt::format(": {}", printable(complaint.substr(begin + 1, end - begin), 160));
}

void refuse(Measurement& measurement, Refusal refusal, std::string reason) {
  measurement.refusal = refusal;
  measurement.reason = std::move(reason);
}

// False where the line is not one that a child of ours writes.
bool read_answer(std::string_view line, Measurement& measurement) {
  if (!line.ends_with('\n')) return false;
  line.remove_suffix(1);
  if (line.starts_with(kRefused)) {
    line.remove_prefix(kRefused.size());
    const auto refusal = parse_refusal(next_word(line));
    if (!refusal || *refusal == Refusal::kNone) return false;
    refuse(measurement, *refusal, printable(line, 400));
    return true;
  }
  if (!line.starts_with(kOk)) return false;
  line.remove_prefix(kOk.size());
  const auto seconds = next_number(line);
  const auto error = next_number(line);
  const auto tolerance = next_number(line);
  if (!seconds || !error || !tolerance || !line.empty() || !(*seconds > 0)) return false;
  measurement.seconds = *seconds;
  measurement.error = *error;
  if (!(*error <= *tolerance))
    refuse(measurement, Refusal::kWrongNumbers, wrong_numbers_reason(*error, *tolerance));
  return true;
}

void judge(const ChildOutcome& outcome, double deadline_seconds, Measurement& measurement) {
  const std::string words = last_words(outcome.complaint);
  if (outcome.timed_out) {
    return refuse(measurement, Refusal::kTimedOut,
                  fmt::format("did not end within {:g} s when it was tried{}", deadline_seconds, words));
  }
  const int status = outcome.wait_status;
  if (WIFSIGNALED(status)) {
    return refuse(measurement, Refusal::kCrashed,
                  fmt::format("crashed ({}) when it was tried{}", describe_signal(WTERMSIG(status)), words));
  }
  if (WEXITSTATUS(status) == 0 && read_answer(outcome.answer, measurement)) return;
  refuse(measurement, Refusal::kCrashed,
         fmt::format("ended the process (exit code {}) when it was tried{}", WEXITSTATUS(status), words));
}

}  // namespace

std::optional<int> maybe_run_child_trial(int argument_count, char** arguments, OpLookup find_op) {
  if (argument_count < 2 || arguments[1] != kMark) return std::nullopt;
  const auto task = parse_task(argument_count, arguments);
  if (!task) return exit_code(ErrorKind::kBadInput);
  // Not to outlive the parent for long, and no core file for a crash that is expected.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::alarm(kLongestLifeSeconds);
  const struct rlimit no_core{};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const Result<std::string> answer = run_task(*task, find_op);
  const std::string line = (answer ? *answer : refusal_line(answer.error())) + "\n";
  const ssize_t written = ::write(kChildAnswerFd, line.data(), line.size());
  // At once: the library that was tried may hang or crash in its own farewell.
  ::_exit(written == static_cast<ssize_t>(line.size()) ? 0 : 1);
}

Measurement try_in_child(const ProblemLine& canonical, const Candidate& solver,
                         const ChildTrialOptions& options) {
  Measurement measurement{.problem = canonical.print(),
                          .solver = std::string(solver.id),
                          .version = solver.version,
                          .measured_unix_s = static_cast<int64_t>(std::time(nullptr))};
  const auto outcome =
      run_child({std::string(kMark), measurement.problem, "--solver", measurement.solver, "--seed",
                 fmt::format("{}", options.seed), "--threads", fmt::format("{}", options.threads)},
                options.deadline_seconds);
  if (outcome) {
    judge(*outcome, options.deadline_seconds, measurement);
  } else {
    refuse(measurement, Refusal::kUntried,
           fmt::format("no child process could be started to try it: {}", outcome.error().message));
  }
  return measurement;
}

std::function<Measurement(const Op&, const ProblemLine&, const Candidate&)> child_try_out(
    const ChildTrialOptions& options) {
  return [options](const Op&, const ProblemLine& canonical, const Candidate& solver) {
    return try_in_child(canonical, solver, options);
  };
}

}  // namespace nagare

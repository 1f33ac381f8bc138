// Solvers that do the worst, each tried in a child: this program, which is why it has a main of its own.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "base/clock.h"
#include "solve/child_process.h"
#include "solve/child_trial.h"
#include "solve/fake_op.h"
#include "solve/selector.h"

namespace nagare {
namespace {

using test::fake_problem;
using test::FakeOp;
using testing::HasSubstr;

[[noreturn]] void hang() {
  for (;;) ::pause();
}

void crash() {
  std::signal(SIGSEGV, SIG_DFL);  // a sanitizer's handler would make it an exit
  ::raise(SIGSEGV);
}

void abort_with_words() {
  std::fprintf(stderr, "noise\nvendor error: no kernel file for gfx900\n");
  std::abort();
}

void chatter() {
  const std::string noise(1 << 16, 'x');
  for (int i = 0; i < 64; ++i) {
    (void)!::write(1, noise.data(), noise.size());
    (void)!::write(2, noise.data(), noise.size());
  }
}

void forge(const char* answer) {
  (void)!::write(kChildAnswerFd, answer, std::strlen(answer));
  ::_exit(0);
}

// A process that keeps every pipe open after its parent is gone.
void leave_a_grandchild() {
  if (::fork() == 0) hang();
  ::_exit(3);
}

void fail_where_files_are_open() {
  for (int fd = kChildAnswerFd + 1; fd < 256; ++fd) {
    if (::fcntl(fd, F_GETFD) != -1) ::_exit(100);
  }
  for (int fd = 0; fd <= kChildAnswerFd; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1) ::_exit(101);
  }
}

const FakeOp& terrible_op() {
  static const FakeOp op({
      {.id = "good", .error = 1e-6},
      {.id = "wrong", .error = 0.5},
      {.id = "nan", .error = NAN},
      {.id = "crash", .run = crash},
      {.id = "abort", .run = abort_with_words},
      {.id = "kill", .run = [] { ::raise(SIGKILL); }},
      {.id = "throw", .run = [] { throw std::runtime_error("not caught"); }},
      {.id = "exit0", .run = [] { std::exit(0); }},
      {.id = "exit7", .run = [] { ::_exit(7); }},
      {.id = "hang", .run = hang},
      {.id = "spin",
       .run =
           [] {
             for (volatile bool on = true; on;) (void)on;
           }},
      {.id = "chatter", .run = chatter, .error = 1e-6},
      {.id = "close", .run = [] { ::close(kChildAnswerFd); }},
      {.id = "forge", .run = [] { forge("all is well\n"); }},
      {.id = "forge_half", .run = [] { forge("ok 1e-3 1e-"); }},
      {.id = "grandchild", .run = leave_a_grandchild},
      {.id = "open_files", .run = fail_where_files_are_open, .error = 1e-6},
      {.id = "refuses", .verdict = Verdict::no(Refusal::kShape, "n must be even")},
      {.id = "reference"},
  });
  return op;
}

Result<const Op*> find_terrible_op(std::string_view name) {
  if (name == "fake") return &terrible_op();
  return bad_input("no op is called {}", name);
}

Measurement attempt(std::string_view id, double deadline_seconds = 60) {
  return try_in_child(fake_problem(3), Candidate{.id = id, .version = 5},
                      {.threads = 2, .seed = 7, .deadline_seconds = deadline_seconds});
}

void expect_refused(std::string_view id, Refusal refusal, const std::string& reason) {
  const Measurement measurement = attempt(id);
  EXPECT_EQ(name(measurement.refusal), name(refusal)) << id << ": " << measurement.reason;
  EXPECT_THAT(measurement.reason, HasSubstr(reason)) << id;
  EXPECT_THAT(measurement.reason, testing::Not(HasSubstr("\n"))) << id;
  EXPECT_TRUE(measurement.is_worth_storing()) << id;
}

TEST(ChildTrial, GoodSolverGivesItsErrorAndTime) {
  const Measurement measurement = attempt("good");
  EXPECT_TRUE(measurement.usable()) << measurement.reason;
  EXPECT_EQ(measurement.problem, "fake n=3");
  EXPECT_EQ(measurement.solver, "good");
  EXPECT_EQ(measurement.version, 5);
  EXPECT_EQ(measurement.error, 1e-6);
  EXPECT_GT(measurement.seconds, 0);
  EXPECT_GT(measurement.measured_unix_s, 0);
}

TEST(ChildTrial, WrongNumbersAreRefused) {
  expect_refused("wrong", Refusal::kWrongNumbers, "0.5");
  expect_refused("nan", Refusal::kWrongNumbers, "nan");
}

TEST(ChildTrial, CrashesAreVerdicts) {
  expect_refused("crash", Refusal::kCrashed, "SIGSEGV");
  expect_refused("kill", Refusal::kCrashed, "SIGKILL");
  expect_refused("throw", Refusal::kCrashed, "when it was tried");
  expect_refused("abort", Refusal::kCrashed, "no kernel file for gfx900");
}

TEST(ChildTrial, EndingTheProcessIsAVerdict) {
  expect_refused("exit0", Refusal::kCrashed, "exit code 0");
  expect_refused("exit7", Refusal::kCrashed, "exit code 7");
  expect_refused("close", Refusal::kCrashed, "exit code 1");
}

TEST(ChildTrial, AnswersThatNoChildOfOursWritesDoNotCount) {
  expect_refused("forge", Refusal::kCrashed, "exit code 0");
  expect_refused("forge_half", Refusal::kCrashed, "exit code 0");
}

TEST(ChildTrial, HangingEndsAtTheDeadline) {
  for (const char* id : {"hang", "spin"}) {
    const int64_t start = now_ns();
    const Measurement measurement = attempt(id, 1.0);
    EXPECT_EQ(measurement.refusal, Refusal::kTimedOut);
    EXPECT_THAT(measurement.reason, HasSubstr("within 1 s"));
    EXPECT_LT(now_ns() - start, 20'000'000'000);
  }
}

TEST(ChildTrial, GrandchildrenHoldNobodyUp) {
  const int64_t start = now_ns();
  expect_refused("grandchild", Refusal::kCrashed, "exit code 3");
  EXPECT_LT(now_ns() - start, 30'000'000'000);
}

TEST(ChildTrial, ChatterIsKeptOffOurTerminal) {
  EXPECT_TRUE(attempt("chatter").usable());
}

TEST(ChildTrial, RefusalsOfTheChildArePassedOn) {
  const Measurement unknown = attempt("nobody");
  EXPECT_FALSE(unknown.usable());
  EXPECT_THAT(unknown.reason, HasSubstr("nobody"));
  const Measurement other_op = try_in_child(ProblemLine("nothing"), Candidate{.id = "good"}, {});
  EXPECT_FALSE(other_op.usable());
  EXPECT_THAT(other_op.reason, HasSubstr("no op is called nothing"));
}

int open_files() {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    count += entry.exists() ? 1 : 0;
  return count;
}

TEST(ChildTrial, NoFileLeaksInEitherDirection) {
  std::array<int, 2> ours{};
  ASSERT_EQ(::pipe(ours.data()), 0);  // inheritable on purpose
  const int before = open_files();
  EXPECT_TRUE(attempt("open_files").usable());
  for (int i = 0; i < 3; ++i) attempt("crash");
  EXPECT_EQ(open_files(), before);
  ::close(ours[0]);
  ::close(ours[1]);
}

TEST(ChildTrial, WorksWithStandardStreamsClosed) {
  // In a process of its own, since the test needs its streams.
  const pid_t pid = ::fork();
  if (pid == 0) {
    for (int fd = 0; fd < 10; ++fd) ::close(fd);
    const bool good = attempt("good").usable() && attempt("open_files").usable();
    const bool crashed = attempt("crash").refusal == Refusal::kCrashed;
    ::_exit(good && crashed ? 0 : 1);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(ChildTrial, WorksWhereEndedChildrenAreIgnored) {
  const auto handler = std::signal(SIGCHLD, SIG_IGN);
  EXPECT_TRUE(attempt("good").usable());
  EXPECT_EQ(attempt("crash").refusal, Refusal::kCrashed);
  std::signal(SIGCHLD, handler);
}

TEST(ChildTrial, WithoutDescriptorsNothingIsSaidOfTheSolver) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    const struct rlimit few{.rlim_cur = 3, .rlim_max = 3};
    ::setrlimit(RLIMIT_NOFILE, &few);
    const Measurement measurement = attempt("good");
    ::_exit(measurement.refusal == Refusal::kUntried ? 0 : 1);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(ChildTrial, SeveralThreadsMayTryAtOnce) {
  std::vector<std::jthread> threads;
  std::array<Refusal, 4> refusals{};
  for (size_t i = 0; i < refusals.size(); ++i) {
    threads.emplace_back([&refusals, i] { refusals[i] = attempt(i % 2 == 0 ? "good" : "crash").refusal; });
  }
  threads.clear();
  EXPECT_THAT(refusals,
              testing::ElementsAre(Refusal::kNone, Refusal::kCrashed, Refusal::kNone, Refusal::kCrashed));
}

TEST(ChildTrial, OtherArgumentsAreNotATrial) {
  const auto run = [](std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    return maybe_run_child_trial(static_cast<int>(arguments.size()), arguments.data(), &find_terrible_op);
  };
  EXPECT_EQ(run({"nagare"}), std::nullopt);
  EXPECT_EQ(run({"nagare", "run", "--trial"}), std::nullopt);
  EXPECT_EQ(run({"nagare", "--trial"}), 2);
  EXPECT_EQ(run({"nagare", "--trial", "fake n=1", "--solver", "good", "--seed", "x", "--threads", "1"}), 2);
}

TEST(ChildTrial, ForcedSolverIsTriedThereFirst) {
  std::vector<test::FakeSolver> solvers{
      {.id = "abort", .needs_isolation = true}, {.id = "ours", .estimate_seconds = 1}, {.id = "reference"}};
  const FakeOp op(std::move(solvers));
  Selector selector(DeviceTraits{}, nullptr, {.forced = {"abort"}});
  selector.set_try_out([](const Op&, const ProblemLine& line, const Candidate& candidate) {
    return try_in_child(line, candidate, {.deadline_seconds = 60});
  });
  const auto choice = selector.choose(op, fake_problem());
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->solver, "ours");
  ASSERT_EQ(selector.fallbacks().size(), 1u);
  EXPECT_THAT(selector.fallbacks()[0].reason, HasSubstr("vendor error"));
}

}  // namespace
}  // namespace nagare

int main(int argument_count, char** arguments) {
  if (const auto code = nagare::maybe_run_child_trial(argument_count, arguments, &nagare::find_terrible_op)) {
    return *code;
  }
  testing::InitGoogleTest(&argument_count, arguments);
  return RUN_ALL_TESTS();
}

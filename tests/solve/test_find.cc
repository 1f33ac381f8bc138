#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <new>

#include "solve/fake_op.h"
#include "solve/find.h"
#include "solve/trial_inputs.h"

namespace nagare {
namespace {

using test::fake_problem;
using test::FakeOp;
using test::FakeSolver;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The time of these tests. It passes only while a solver runs, so that what else the machine does is not
// measured.
int64_t g_now_ns = 0;
int64_t test_clock() {
  return g_now_ns;
}
std::function<void()> busy_for(double seconds) {
  return [seconds] { g_now_ns += std::llround(seconds * 1e9); };
}

// Estimates call "slow" the fastest; time says otherwise.
FakeOp misjudged() {
  return FakeOp({{.id = "slow", .estimate_seconds = 1, .run = busy_for(300e-6)},
                 {.id = "fast", .estimate_seconds = 2, .run = busy_for(50e-6)},
                 {.id = "middle", .estimate_seconds = 3, .run = busy_for(100e-6)},
                 {.id = "wrong", .estimate_seconds = 4, .run = busy_for(1e-6), .error = 0.5},
                 {.id = "nan", .estimate_seconds = 4, .run = busy_for(1e-6), .error = NAN},
                 {.id = "refuses", .verdict = Verdict::no(Refusal::kShape, "n must be even")},
                 {.id = "reference", .run = busy_for(1e-6)}});
}

class FindTest : public testing::Test {
 protected:
  FindReport run(const FakeOp& op, FindOptions options = find_options({}, FindMode::kFull), int count = 1) {
    options.tournament.clock = &test_clock;
    std::vector<FindProblem> problems;
    for (int n = 1; n <= count; ++n) problems.push_back({.op = &op, .line = fake_problem(n)});
    auto report = find(*device_, db_, std::move(problems), options);
    EXPECT_TRUE(report);
    return report ? *report : FindReport{};
  }
  const Measurement* row(const char* id, int64_t n = 1) { return db_.find(fake_problem(n).print(), id, 1); }
  std::string chosen(const FakeOp& op, int64_t n = 1) {
    Selector selector(device_->traits(), &db_, {});
    return selector.choose(op, fake_problem(n))->solver;
  }

  std::unique_ptr<Device> device_ = std::move(*Device::open_cpu(1));
  PerfDb db_ = PerfDb::in_memory();
};

TEST_F(FindTest, TheMeasuredFastestWins) {
  const FakeOp op = misjudged();
  EXPECT_EQ(chosen(op), "slow");
  const FindReport report = run(op);
  EXPECT_EQ(report.measured, 1u);
  EXPECT_EQ(chosen(op), "fast");
  ASSERT_TRUE(row("fast") && row("middle") && row("slow"));
  EXPECT_DOUBLE_EQ(row("fast")->seconds, 50e-6);
  EXPECT_DOUBLE_EQ(row("middle")->seconds, 100e-6);
  EXPECT_DOUBLE_EQ(row("slow")->seconds, 300e-6);
  EXPECT_EQ(row("reference"), nullptr);
  EXPECT_EQ(row("refuses"), nullptr);
}

// A solver that takes `seconds`, but as long as a scheduler's slice when it runs for the `stopped`-th time.
std::function<void()> stopped_once(double seconds, int stopped) {
  return [seconds, left = stopped]() mutable { busy_for(--left == 0 ? 10e-3 : seconds)(); };
}

TEST_F(FindTest, AStopByTheSystemIsNotSlowness) {
  // The first run is the check; the second the first one that is timed.
  for (const int stopped : {2, 3, 4, 5}) {
    db_ = PerfDb::in_memory();
    const FakeOp op({{.id = "first", .estimate_seconds = 1, .run = busy_for(100e-6)},
                     {.id = "better", .estimate_seconds = 2, .run = stopped_once(50e-6, stopped)},
                     {.id = "reference"}});
    run(op);
    EXPECT_EQ(chosen(op), "better") << stopped;
  }
}

TEST_F(FindTest, WrongNumbersNeverWinAndAreRecorded) {
  const FakeOp op = misjudged();
  const FindReport report = run(op);
  ASSERT_EQ(report.refused.size(), 2u);
  for (const char* id : {"wrong", "nan"}) {
    ASSERT_NE(row(id), nullptr);
    EXPECT_EQ(row(id)->refusal, Refusal::kWrongNumbers);
    EXPECT_THAT(row(id)->reason, HasSubstr("wrong numbers"));
  }
}

TEST_F(FindTest, WhatIsKnownIsNotMeasuredAgainExceptOnDemand) {
  const FakeOp op = misjudged();
  const FindOptions quick = find_options({.find_budget_seconds = 20}, FindMode::kQuick);
  EXPECT_EQ(run(op, quick).measured, 1u);
  const FindReport again = run(op, quick);
  EXPECT_EQ(again.measured, 0u);
  EXPECT_EQ(again.known, 1u);
  EXPECT_EQ(run(op).measured, 1u);
}

TEST_F(FindTest, NewSolversAndVersionsAreMeasured) {
  FakeOp op = misjudged();
  const FindOptions quick = find_options({.find_budget_seconds = 20}, FindMode::kQuick);
  run(op, quick);
  op.solvers()[1].version = 2;
  EXPECT_EQ(run(op, quick).measured, 1u);
  EXPECT_NE(db_.find(fake_problem().print(), "fast", 2), nullptr);
}

TEST_F(FindTest, QuickLeavesOutTheHopelessAndTheChoiceless) {
  const FindOptions quick = find_options({.find_budget_seconds = 20}, FindMode::kQuick);
  const FakeOp op({{.id = "a", .estimate_seconds = 1, .run = busy_for(1e-5)},
                   {.id = "b", .estimate_seconds = 2, .run = busy_for(1e-5)},
                   {.id = "generic", .estimate_seconds = 11, .run = busy_for(1e-5)},
                   {.id = "reference"}});
  run(op, quick);
  EXPECT_NE(row("b"), nullptr);
  EXPECT_EQ(row("generic"), nullptr);
  const FakeOp alone({{.id = "a", .run = busy_for(1e-5)}, {.id = "reference"}}, "alone");
  EXPECT_EQ(run(alone, quick).known, 1u);
  run(op);
  EXPECT_NE(row("generic"), nullptr);
}

TEST_F(FindTest, BudgetEndsItAndTheHeaviestComesFirst) {
  const FakeOp op(
      {{.id = "a", .run = busy_for(5e-3)}, {.id = "b", .run = busy_for(6e-3)}, {.id = "reference"}});
  FindOptions quick = find_options({.find_budget_seconds = 0.15}, FindMode::kQuick);
  std::vector<std::string> order;
  quick.progress = [&](const FindProgress& progress) {
    order.push_back(progress.problem);
    EXPECT_EQ(progress.total, 50u);
    return true;
  };
  const FindReport report = run(op, quick, 50);
  EXPECT_LT(report.seconds, 0.3);
  EXPECT_GT(report.left_over, 0u);
  EXPECT_EQ(report.measured + report.left_over, 50u);
  EXPECT_EQ(order.front(), "fake n=50");
  EXPECT_NE(row("a", 50), nullptr);
}

TEST_F(FindTest, BeforeARunWhatIsLeftOverIsSettledUntilSomebodyAsks) {
  const FakeOp op(
      {{.id = "a", .run = busy_for(1e-3)}, {.id = "b", .run = busy_for(2e-3)}, {.id = "reference"}});
  FindOptions quick = find_options({.find_budget_seconds = 0.01}, FindMode::kQuick);
  quick.before_run = true;
  const FindReport first = run(op, quick, 8);
  ASSERT_GT(first.left_over, 0u);
  const std::string before = chosen(op, 1);
  const FindReport second = run(op, quick, 8);
  EXPECT_EQ(second.measured + second.left_over, 0u);
  EXPECT_EQ(chosen(op, 1), before);
  quick.before_run = false;
  quick.budget_seconds = 20;
  EXPECT_EQ(run(op, quick, 8).measured, first.left_over);
  EXPECT_EQ(chosen(op, 1), "a");
}

TEST_F(FindTest, StopsWhenTold) {
  const FakeOp op = misjudged();
  FindOptions options = find_options({}, FindMode::kFull);
  options.progress = [](const FindProgress& progress) { return progress.done < 2; };
  const FindReport report = run(op, options, 5);
  EXPECT_TRUE(report.stopped);
  EXPECT_EQ(report.measured, 2u);
  EXPECT_EQ(report.left_over, 3u);
}

TEST_F(FindTest, RepeatedLinesAreMeasuredOnce) {
  const FakeOp op = misjudged();
  const auto report =
      find(*device_, db_, {{.op = &op, .line = fake_problem()}, {.op = &op, .line = fake_problem()}},
           find_options({}, FindMode::kFull));
  EXPECT_EQ(report->measured, 1u);
}

TEST_F(FindTest, ThePolicyIsFollowed) {
  const FakeOp op = misjudged();
  run(op, find_options({.without = {"fast"}}, FindMode::kFull));
  EXPECT_EQ(row("fast"), nullptr);
  EXPECT_NE(row("middle"), nullptr);
  EXPECT_EQ(run(op, find_options({.forced = {"fast"}}, FindMode::kFull)).measured, 0u);
}

TEST_F(FindTest, InvalidLinesAreErrors) {
  const FakeOp op = misjudged();
  const auto report = find(*device_, db_, {{.op = &op, .line = ProblemLine("fake")}}, {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::kBadInput);
}

TEST_F(FindTest, LackOfMemoryIsNotRemembered) {
  const FakeOp op({{.id = "a", .run = busy_for(1e-5)},
                   {.id = "greedy", .run = [] { throw std::bad_alloc(); }},
                   {.id = "reference"}});
  const FindReport report = run(op);
  ASSERT_EQ(report.refused.size(), 1u);
  EXPECT_EQ(report.refused[0].refusal, Refusal::kMemory);
  EXPECT_EQ(row("greedy"), nullptr);
  EXPECT_NE(row("a"), nullptr);
}

// Solvers that need isolation go through try_out first; a hanging one is waited for once.
TEST_F(FindTest, IsolatedSolversAreTriedFirst) {
  const FakeOp op({{.id = "hangs", .needs_isolation = true, .run = [] { FAIL(); }},
                   {.id = "crashes", .needs_isolation = true, .run = [] { FAIL(); }},
                   {.id = "works", .needs_isolation = true, .run = busy_for(1e-5)},
                   {.id = "ours", .run = busy_for(1e-4)},
                   {.id = "reference"}});
  FindOptions options = find_options({}, FindMode::kFull);
  std::vector<std::string> tried;
  options.try_out = [&](const Op&, const ProblemLine& line, const Candidate& candidate) {
    tried.emplace_back(candidate.id);
    Measurement m{.problem = line.print(), .solver = std::string(candidate.id), .seconds = 1};
    if (candidate.id == "works") return m;
    m.refusal = candidate.id == "hangs" ? Refusal::kTimedOut : Refusal::kCrashed;
    m.reason = "it did";
    return m;
  };
  run(op, options, 2);
  EXPECT_THAT(tried, testing::UnorderedElementsAre("hangs", "crashes", "crashes", "works", "works"));
  for (const int64_t n : {1, 2}) {
    EXPECT_EQ(row("hangs", n)->refusal, Refusal::kTimedOut);
    EXPECT_EQ(row("crashes", n)->refusal, Refusal::kCrashed);
    EXPECT_EQ(chosen(op, n), "works");
  }
  EXPECT_THAT(row("hangs", 1)->reason, HasSubstr("it did (fake n=2)"));
  tried.clear();
  run(op, options, 1);
  EXPECT_THAT(tried, testing::UnorderedElementsAre("hangs", "crashes"));  // asked to find again
}

TEST_F(FindTest, WithoutATryOutIsolatedSolversAreLeftOut) {
  const FakeOp op({{.id = "vendor", .needs_isolation = true, .run = [] { FAIL(); }},
                   {.id = "ours", .run = busy_for(1e-5)},
                   {.id = "reference"}});
  run(op);
  EXPECT_EQ(row("vendor"), nullptr);
  EXPECT_EQ(chosen(op), "ours");
}

TEST_F(FindTest, TiesGoToNobodyByMuch) {
  const FakeOp op(
      {{.id = "a", .run = busy_for(5e-5)}, {.id = "b", .run = busy_for(5e-5)}, {.id = "reference"}});
  run(op);
  EXPECT_DOUBLE_EQ(row("a")->seconds, row("b")->seconds);
}

TEST(TrialInputs, AreOfTheDeviationAskedFor) {
  const std::vector<float> values = random_floats(61 * 5000, 20261123, 2.0f);
  double sum = 0;
  double squares = 0;
  int64_t count = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (i % 61 == 60) continue;
    sum += values[i];
    squares += static_cast<double>(values[i]) * values[i];
    ++count;
  }
  EXPECT_NEAR(sum / static_cast<double>(count), 0, 0.02);
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(count)), 2, 0.02);
  EXPECT_EQ(random_floats(100, 5), random_floats(100, 5));
  EXPECT_NE(random_floats(100, 5), random_floats(100, 6));
}

}  // namespace
}  // namespace nagare

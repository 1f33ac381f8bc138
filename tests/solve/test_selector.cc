#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "solve/fake_op.h"
#include "solve/selector.h"

namespace nagare {
namespace {

using test::fake_problem;
using test::FakeOp;
using test::FakeSolver;
using testing::HasSubstr;

// Estimates say a < b < reference.
FakeOp two_and_reference() {
  return FakeOp({{.id = "a", .estimate_seconds = 1},
                 {.id = "b", .estimate_seconds = 2},
                 {.id = "reference", .estimate_seconds = 0.5}});
}

Measurement measured(std::string solver, double seconds, int64_t n = 1) {
  return {.problem = fake_problem(n).print(), .solver = std::move(solver), .seconds = seconds};
}
Measurement crashed(std::string solver) {
  return {.problem = fake_problem().print(),
          .solver = std::move(solver),
          .refusal = Refusal::kCrashed,
          .reason = "crashed (SIGSEGV)"};
}

Choice choose(const FakeOp& op, PerfDb* db, const SelectionPolicy& policy = {},
              std::vector<FallbackEvent>* events = nullptr) {
  Selector selector(DeviceTraits{}, db, policy);
  const auto choice = selector.choose(op, fake_problem());
  EXPECT_TRUE(choice);
  if (events != nullptr) *events = selector.fallbacks();
  return choice ? *choice : Choice{};
}

TEST(Selector, TakesTheBestEstimateWhereNothingWasMeasured) {
  const FakeOp op = two_and_reference();
  const Choice choice = choose(op, nullptr);
  EXPECT_EQ(choice.solver, "a");
  EXPECT_EQ(choice.index, 0u);
  EXPECT_EQ(choice.source, ChoiceSource::kEstimated);
  EXPECT_EQ(choice.seconds, 1);
  EXPECT_EQ(choice.candidates.size(), 3u);
}

TEST(Selector, MeasurementsBeatEstimates) {
  const FakeOp op = two_and_reference();
  PerfDb db = PerfDb::in_memory();
  db.store(measured("a", 5));
  db.store(measured("b", 3));
  const Choice choice = choose(op, &db);
  EXPECT_EQ(choice.solver, "b");
  EXPECT_EQ(choice.source, ChoiceSource::kMeasured);
  EXPECT_EQ(choice.seconds, 3);
  EXPECT_EQ(choice.measured[0], 5);
  EXPECT_EQ(choice.measured[2], std::nullopt);
}

TEST(Selector, ReferenceWinsByMeasurementOnlyAgainstMeasuredOnes) {
  const FakeOp op = two_and_reference();
  PerfDb db = PerfDb::in_memory();
  db.store(measured("reference", 3));
  EXPECT_EQ(choose(op, &db).solver, "a");
  db.store(measured("a", 4));
  db.store(measured("b", 4));
  EXPECT_EQ(choose(op, &db).solver, "reference");
}

TEST(Selector, RowsOfOtherVersionsProblemsAndUnknownSolversAreIgnored) {
  FakeOp op = two_and_reference();
  PerfDb db = PerfDb::in_memory();
  db.store(measured("b", 1e-9, 7));
  db.store(measured("of_another_age", 1e-9));
  Measurement old = measured("b", 1e-9);
  old.version = 0;
  db.store(old);
  EXPECT_EQ(choose(op, &db).solver, "a");
  EXPECT_EQ(choose(op, &db).source, ChoiceSource::kEstimated);
}

TEST(Selector, WhatFailedItsTrialIsNotChosenAndToldOf) {
  const FakeOp op = two_and_reference();
  PerfDb db = PerfDb::in_memory();
  db.store(crashed("a"));
  std::vector<FallbackEvent> events;
  const Choice choice = choose(op, &db, {}, &events);
  EXPECT_EQ(choice.solver, "b");
  EXPECT_EQ(choice.candidates[0].verdict.refusal, Refusal::kCrashed);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, FallbackKind::kTrialFailed);
  EXPECT_EQ(events[0].refused, "a");
  EXPECT_EQ(events[0].chosen, "b");
  EXPECT_THAT(summarise_fallbacks(events), HasSubstr("crashed (SIGSEGV)"));
}

TEST(Selector, ReferenceIsNeverRefused) {
  FakeOp op = two_and_reference();
  PerfDb db = PerfDb::in_memory();
  for (const char* id : {"a", "b", "reference"}) db.store(crashed(id));
  std::vector<FallbackEvent> events;
  const Choice choice = choose(op, &db, {.without = {"reference", "a"}}, &events);
  EXPECT_EQ(choice.solver, "reference");
  EXPECT_EQ(choice.source, ChoiceSource::kReference);
  std::vector<FallbackKind> kinds;
  kinds.reserve(events.size());
  for (const FallbackEvent& event : events) kinds.push_back(event.kind);
  EXPECT_THAT(kinds, testing::UnorderedElementsAre(FallbackKind::kTrialFailed, FallbackKind::kReferenceKept,
                                                   FallbackKind::kReferenceOnly));
}

TEST(Selector, ForcedBeatsMeasured) {
  const FakeOp op = two_and_reference();
  PerfDb db = PerfDb::in_memory();
  db.store(measured("a", 1));
  db.store(measured("b", 9));
  for (const char* id : {"b", "fake:b"}) {
    const Choice choice = choose(op, &db, {.forced = {id}});
    EXPECT_EQ(choice.solver, "b");
    EXPECT_EQ(choice.source, ChoiceSource::kForced);
    EXPECT_EQ(choice.seconds, 9);
  }
  EXPECT_EQ(choose(op, &db, {.forced = {"reference"}}).solver, "reference");
  EXPECT_EQ(choose(op, &db, {.forced = {"gemm:b"}}).solver, "a");
}

TEST(Selector, ForcedThatRefusesFallsBackAndSaysWhy) {
  FakeOp op = two_and_reference();
  op.solvers()[1].verdict = Verdict::no(Refusal::kShape, "n must be even");
  std::vector<FallbackEvent> events;
  const Choice choice = choose(op, nullptr, {.forced = {"b"}}, &events);
  EXPECT_EQ(choice.solver, "a");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, FallbackKind::kForcedRefused);
  EXPECT_EQ(events[0].reason, "n must be even");
}

TEST(Selector, WithoutRemoves) {
  const FakeOp op = two_and_reference();
  const Choice choice = choose(op, nullptr, {.without = {"fake:a"}});
  EXPECT_EQ(choice.solver, "b");
  EXPECT_EQ(choice.candidates[0].verdict.refusal, Refusal::kForbidden);
  std::vector<FallbackEvent> events;
  EXPECT_EQ(choose(op, nullptr, {.without = {"a", "b"}}, &events).solver, "reference");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, FallbackKind::kReferenceOnly);
}

TEST(Selector, UntriedSolversThatMayCrashAreNotChosen) {
  FakeOp op = two_and_reference();
  op.solvers()[0].needs_isolation = true;
  EXPECT_EQ(choose(op, nullptr).solver, "b");
  EXPECT_EQ(choose(op, nullptr).candidates[0].verdict.refusal, Refusal::kUntried);
  EXPECT_EQ(choose(op, nullptr, {.forced = {"a"}}).solver, "b");
  PerfDb db = PerfDb::in_memory();
  db.store(measured("a", 1));
  EXPECT_EQ(choose(op, &db).solver, "a");
}

TEST(Selector, ForcedUntriedIsTriedFirst) {
  FakeOp op = two_and_reference();
  op.solvers()[0].needs_isolation = true;
  for (const bool works : {true, false}) {
    Selector selector(DeviceTraits{}, nullptr, {.forced = {"a"}});
    int tries = 0;
    selector.set_try_out([&](const Op&, const ProblemLine&, const Candidate& candidate) {
      ++tries;
      return works ? measured(std::string(candidate.id), 4) : crashed(std::string(candidate.id));
    });
    EXPECT_EQ(selector.choose(op, fake_problem())->solver, works ? "a" : "b");
    EXPECT_EQ(selector.choose(op, fake_problem())->solver, works ? "a" : "b");
    EXPECT_EQ(tries, 1);
  }
}

TEST(Selector, RemembersUntilToldToForget) {
  const FakeOp op = two_and_reference();
  PerfDb db = PerfDb::in_memory();
  Selector selector(DeviceTraits{}, &db, {});
  EXPECT_EQ(selector.choose(op, fake_problem())->solver, "a");
  db.store(measured("b", 1));
  EXPECT_EQ(selector.choose(op, fake_problem())->solver, "a");
  selector.forget();
  EXPECT_EQ(selector.choose(op, fake_problem())->solver, "b");
}

TEST(Policy, UnknownIdsAreBadInputThatListsTheKnownOnes) {
  const FakeOp fake = two_and_reference();
  const FakeOp other({{.id = "z"}, {.id = "reference"}}, "other");
  const std::vector<const Op*> ops{&fake, &other};
  EXPECT_TRUE(check_policy({.forced = {"z", "fake:a"}, .without = {"b", "other:reference"}}, ops));
  for (const char* bad : {"nonsense", "fake:z", "nothing:a", "", ":", "fake:", "a\n"}) {
    const Status forced = check_policy({.forced = {bad}}, ops);
    ASSERT_FALSE(forced) << bad;
    EXPECT_EQ(forced.error().kind, ErrorKind::kBadInput);
    EXPECT_THAT(forced.error().message, HasSubstr("fake: a, b, reference; other: z, reference"));
    EXPECT_THAT(forced.error().message, testing::Not(HasSubstr("\n")));
    EXPECT_FALSE(check_policy({.without = {bad}}, ops));
  }
  EXPECT_FALSE(check_policy({.forced = {"a"}, .without = {"a"}}, ops));
  EXPECT_TRUE(check_policy({.forced = {"reference"}, .without = {"other:reference"}}, ops));
}

TEST(Policy, FindModes) {
  EXPECT_EQ(*parse_find_mode("off"), FindMode::kOff);
  EXPECT_EQ(*parse_find_mode("full"), FindMode::kFull);
  EXPECT_FALSE(parse_find_mode("Quick"));
}

}  // namespace
}  // namespace nagare

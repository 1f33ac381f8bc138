// Text cases × every solver, against the reference, printing passed or refused (with the reason). Run once
// under each forced instruction set. A solver that refuses everything although its instruction set is there
// fails the run.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>

#include "ops/op_list.h"
#include "support/test_data.h"

namespace nagare {
namespace {

std::vector<std::string> read_cases(const std::string& op) {
  std::vector<std::string> cases;
  std::ifstream file(test::source_folder() / "tests/ops/cases" / (op + ".txt"));
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') cases.push_back(line);
  }
  return cases;
}

uint64_t seed() {
  const char* text = std::getenv("NAGARE_TEST_SEED");
  return text == nullptr ? 20261123 : std::strtoull(text, nullptr, 10);
}

struct Tally {
  int passed = 0;
  int refused = 0;
};

class Conformance : public testing::TestWithParam<const Op*> {};

void try_candidate(const Op& op, const ProblemLine& line, const Candidate& candidate, Device& device,
                   Tally& tally) {
  if (!candidate.verdict) {
    ++tally.refused;
    fmt::print("refused {:<28} {}  ({})\n", candidate.id, line.print(), candidate.verdict.reason);
    EXPECT_FALSE(candidate.verdict.reason.empty());
    return;
  }
  const auto trial = op.make_trial(line, candidate.id, device.traits(), seed());
  ASSERT_TRUE(trial) << trial.error().message;
  (*trial)->run(device.stream());
  const double error = (*trial)->error(device.stream());
  EXPECT_LE(error, (*trial)->tolerance()) << candidate.id << ": " << line.print() << " seed " << seed();
  ++tally.passed;
  fmt::print("passed  {:<28} {}  error {:.2g}\n", candidate.id, line.print(), error);
}

TEST_P(Conformance, EverySolverAgreesWithTheReference) {
  const Op& op = *GetParam();
  auto device = Device::open_cpu(2);
  if (!device) GTEST_SKIP() << device.error().message;
  const std::vector<std::string> cases = read_cases(std::string(op.name()));
  ASSERT_FALSE(cases.empty()) << "tests/ops/cases/" << op.name() << ".txt is missing";
  std::map<std::string, Tally> tallies;
  for (const std::string& text : cases) {
    const auto line = ProblemLine::parse(text);
    ASSERT_TRUE(line) << line.error().message;
    const auto canonical = op.canonical(*line);
    ASSERT_TRUE(canonical) << canonical.error().message;
    const auto candidates = op.candidates(*canonical, (*device)->traits());
    ASSERT_TRUE(candidates) << candidates.error().message;
    EXPECT_TRUE(candidates->back().verdict) << "the reference must accept " << text;
    for (const Candidate& candidate : *candidates) {
      try_candidate(op, *canonical, candidate, **device, tallies[std::string(candidate.id)]);
    }
  }
  for (const auto& [id, tally] : tallies) {
    fmt::print("{} {}: {} passed, {} refused\n", op.name(), id, tally.passed, tally.refused);
  }
}

TEST_P(Conformance, CanonicalLinesParseBack) {
  const Op& op = *GetParam();
  for (const std::string& text : read_cases(std::string(op.name()))) {
    const auto canonical = op.canonical(*ProblemLine::parse(text));
    ASSERT_TRUE(canonical);
    const auto again = ProblemLine::parse(canonical->print());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(op.canonical(*again)->print(), canonical->print());
  }
}

INSTANTIATE_TEST_SUITE_P(Ops, Conformance, testing::ValuesIn(all_ops().begin(), all_ops().end()),
                         [](const auto& param) { return std::string(param.param->name()); });

}  // namespace
}  // namespace nagare

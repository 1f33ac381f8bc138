// Any text as a problem line: where it parses it prints and parses back, and where its op takes it, the
// canonical form is a fixed point, every solver answers whether it would run, and the work is no negative
// number. Nothing is allocated for the problem itself, however large it says it is.
#include <cstdint>
#include <string>
#include <string_view>

#include "ops/op_list.h"
#include "require.h"
#include "solve/problem_line.h"

namespace nagare {
namespace {

DeviceTraits traits_with(const CpuFeatures& cpu) {
  DeviceTraits traits;
  traits.cpu = cpu;
  return traits;
}

void ask(const Op& op, const ProblemLine& line) {
  const auto canonical = op.canonical(line);
  if (!canonical) {
    require(!canonical.error().message.empty());
    return;
  }
  const std::string text = canonical->print();
  const auto parsed = ProblemLine::parse(text);
  require(parsed.has_value());
  const auto again = op.canonical(*parsed);
  require(again && again->print() == text);
  if (const auto work = op.work(*canonical)) require(work->flops >= 0 && work->bytes >= 0);
  for (const CpuFeatures& cpu : {CpuFeatures{}, CpuFeatures{true, true, true, true}}) {
    const auto candidates = op.candidates(*canonical, traits_with(cpu));
    if (!candidates) continue;
    require(!candidates->empty() && candidates->back().verdict.accepted);  // the reference takes all
    for (const Candidate& candidate : *candidates) {
      require(candidate.verdict.accepted || !candidate.verdict.reason.empty());
    }
  }
}

}  // namespace
}  // namespace nagare

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
  using namespace nagare;
  const auto line = ProblemLine::parse({reinterpret_cast<const char*>(bytes), count});
  if (!line) return 0;
  const auto again = ProblemLine::parse(line->print());
  require(again && again->print() == line->print());
  if (const auto op = find_op(line->op())) {
    ask(**op, *line);
  } else {
    for (const Op* each : all_ops()) ask(*each, *line);  // its fields may still be some op's
  }
  return 0;
}

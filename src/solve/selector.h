// Which solver does a problem, and why: forced → measured → estimated → reference.
//
// It chooses at plan time only, from verdicts, the perf-db and the user's policy; it runs nothing by itself
// (find.h measures). Called by whoever binds ops to a device, and by `explain`. Not thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "runtime/device_traits.h"
#include "solve/op.h"
#include "solve/perf_db.h"

namespace nagare {

// How much a run may measure before it starts: nothing, a bounded time, everything.
enum class FindMode : uint8_t { kOff, kQuick, kFull };
Result<FindMode> parse_find_mode(std::string_view text);

// What the user wants to have a say in. Ids are "avx2" (of every op that has it) or "gemm:avx2".
struct SelectionPolicy {
  FindMode find = FindMode::kQuick;
  std::vector<std::string> forced{};   // --solver; of several that fit an op, the first that accepts
  std::vector<std::string> without{};  // --without; the reference stays
  double find_budget_seconds = 1.5;    // of kQuick, for all problems together
};

// An id that no op has, or one that is both forced and forbidden, is bad input; the message lists the ids.
Status check_policy(const SelectionPolicy& policy, std::span<const Op* const> ops);

enum class ChoiceSource : uint8_t { kForced, kMeasured, kEstimated, kReference };
std::string_view name(ChoiceSource source);

struct Choice {
  size_t index = 0;    // into the op's list
  std::string solver;  // its id
  ChoiceSource source = ChoiceSource::kReference;
  double seconds = 0;                           // measured where it was, else the estimate
  std::vector<Candidate> candidates;            // the whole list, verdicts after policy and perf-db
  std::vector<std::optional<double>> measured;  // seconds; parallel to candidates
};

enum class FallbackKind : uint8_t {
  kForcedRefused,  // --solver named it and it refuses this problem
  kTrialFailed,    // it crashed, hung or gave wrong numbers when it was tried on this device
  kReferenceOnly,  // the op has faster solvers and all of them refuse
  kReferenceKept,  // --without named the reference
};

// A user would have expected `refused`; he gets `chosen`, for `reason`.
struct FallbackEvent {
  FallbackKind kind = FallbackKind::kReferenceOnly;
  std::string problem;
  std::string refused;
  std::string reason;
  std::string chosen;
};

// One line for the load message, "" where nothing fell back.
std::string summarise_fallbacks(const std::vector<FallbackEvent>& events);

class Selector {
 public:
  // Tries a solver that may crash, in a child process (child_trial.h), and says what came of it.
  using TryOut = std::function<Measurement(const Op&, const ProblemLine& canonical, const Candidate&)>;

  // `perf_db` may be null; it must outlive the selector, as must nothing else. The traits may describe a
  // device that is not there.
  Selector(DeviceTraits traits, PerfDb* perf_db, SelectionPolicy policy);

  // Used for solvers that were forced, need isolation and were never tried here. Without it they refuse.
  void set_try_out(TryOut try_out) { try_out_ = std::move(try_out); }

  // Chosen once per problem line, then remembered. Fails only where the line is invalid.
  Result<Choice> choose(const Op& op, const ProblemLine& canonical);
  // Forgets the choices and their events, for after a find.
  void forget();

  const SelectionPolicy& policy() const { return policy_; }
  const std::vector<FallbackEvent>& fallbacks() const { return fallbacks_; }

 private:
  void apply_policy(const Op& op, Choice& choice) const;
  void apply_perf_db(const std::string& problem, Choice& choice);
  void try_forced(const Op& op, const ProblemLine& line, Choice& choice);
  bool choose_forced(const Op& op, Choice& choice) const;
  void choose_fastest(Choice& choice) const;
  void note_fallbacks(const Op& op, const std::string& problem, const Choice& choice);

  DeviceTraits traits_;
  PerfDb* perf_db_;
  SelectionPolicy policy_;
  TryOut try_out_;
  std::unordered_map<std::string, Choice> choices_;
  std::vector<FallbackEvent> fallbacks_;
};

}  // namespace nagare

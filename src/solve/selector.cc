#include "solve/selector.h"

#include <algorithm>

#include "solve/solver_name.h"

namespace nagare {
namespace {

// The accepted candidate with the least seconds, or nothing. Of equals the earlier in the list.
template <class Seconds>
std::optional<size_t> fastest(const std::vector<Candidate>& candidates, size_t count, Seconds seconds) {
  std::optional<size_t> best;
  for (size_t i = 0; i < count; ++i) {
    const std::optional<double> here = seconds(i);
    if (!candidates[i].verdict || !here) continue;
    if (!best || *here < *seconds(*best)) best = i;
  }
  return best;
}

bool failed_here(Refusal refusal) {
  return refusal == Refusal::kWrongNumbers || refusal == Refusal::kCrashed || refusal == Refusal::kTimedOut ||
         refusal == Refusal::kFailed;
}

}  // namespace

std::string_view name(ChoiceSource source) {
  switch (source) {
    case ChoiceSource::kForced:
      return "forced";
    case ChoiceSource::kMeasured:
      return "measured";
    case ChoiceSource::kEstimated:
      return "estimated";
    case ChoiceSource::kReference:
      return "reference";
  }
  return "";
}

Selector::Selector(DeviceTraits traits, PerfDb* perf_db, SelectionPolicy policy)
    : traits_(std::move(traits)), perf_db_(perf_db), policy_(std::move(policy)) {}

void Selector::forget() {
  choices_.clear();
  fallbacks_.clear();
}

Result<Choice> Selector::choose(const Op& op, const ProblemLine& canonical) {
  std::string problem = canonical.print();
  if (const auto known = choices_.find(problem); known != choices_.end()) return known->second;
  Choice choice;
  ASSIGN_OR_RETURN(choice.candidates, op.candidates(canonical, traits_));
  if (choice.candidates.empty()) return failure("{}: op {} has no solver at all", problem, op.name());
  choice.measured.resize(choice.candidates.size());
  apply_policy(op, choice);
  apply_perf_db(problem, choice);
  try_forced(op, canonical, choice);
  if (!choose_forced(op, choice)) choose_fastest(choice);
  choice.solver = choice.candidates[choice.index].id;
  choice.seconds = choice.measured[choice.index].value_or(choice.candidates[choice.index].estimate_seconds);
  note_fallbacks(op, problem, choice);
  return choices_.emplace(std::move(problem), std::move(choice)).first->second;
}

void Selector::apply_policy(const Op& op, Choice& choice) const {
  for (size_t i = 0; i + 1 < choice.candidates.size(); ++i) {
    Candidate& candidate = choice.candidates[i];
    if (candidate.verdict && any_means(policy_.without, op.name(), candidate.id)) {
      candidate.verdict = Verdict::no(Refusal::kForbidden, fmt::format("--without {}", candidate.id));
    }
  }
}

void Selector::apply_perf_db(const std::string& problem, Choice& choice) {
  for (size_t i = 0; i < choice.candidates.size(); ++i) {
    Candidate& candidate = choice.candidates[i];
    if (!candidate.verdict) continue;
    const Measurement* known =
        perf_db_ == nullptr ? nullptr : perf_db_->find(problem, candidate.id, candidate.version);
    const bool reference = i + 1 == choice.candidates.size();
    if (known != nullptr && known->usable()) {
      choice.measured[i] = known->seconds;
    } else if (known != nullptr && !reference) {
      candidate.verdict = Verdict::no(known->refusal, known->reason);
    } else if (candidate.needs_isolation && !reference) {
      candidate.verdict = Verdict::no(Refusal::kUntried, "may crash and was never tried here; find tries it");
    }
  }
}

void Selector::try_forced(const Op& op, const ProblemLine& line, Choice& choice) {
  if (try_out_ == nullptr) return;
  for (size_t i = 0; i < choice.candidates.size(); ++i) {
    Candidate& candidate = choice.candidates[i];
    if (candidate.verdict.refusal != Refusal::kUntried) continue;
    if (!any_means(policy_.forced, op.name(), candidate.id)) continue;
    const Measurement tried = try_out_(op, line, candidate);
    candidate.verdict = tried.usable() ? Verdict::yes() : Verdict::no(tried.refusal, tried.reason);
    if (tried.usable()) choice.measured[i] = tried.seconds;
  }
}

bool Selector::choose_forced(const Op& op, Choice& choice) const {
  for (const std::string& text : policy_.forced) {
    const SolverName forced = SolverName::parse(text);
    for (size_t i = 0; i < choice.candidates.size(); ++i) {
      if (!forced.means(op.name(), choice.candidates[i].id) || !choice.candidates[i].verdict) continue;
      choice.index = i;
      choice.source = ChoiceSource::kForced;
      return true;
    }
  }
  return false;
}

void Selector::choose_fastest(Choice& choice) const {
  const size_t reference = choice.candidates.size() - 1;
  const auto seconds = [&](size_t i) { return choice.measured[i]; };
  const auto estimate = [&](size_t i) {
    return std::optional<double>(choice.candidates[i].estimate_seconds);
  };
  const auto measured = fastest(choice.candidates, reference + 1, seconds);
  const auto estimated = fastest(choice.candidates, reference, estimate);
  const bool others_measured = fastest(choice.candidates, reference, seconds).has_value();
  // A measured reference beside faster solvers that nobody measured says nothing about them.
  if (measured && (others_measured || !estimated)) {
    choice.index = *measured;
    choice.source = ChoiceSource::kMeasured;
  } else if (estimated) {
    choice.index = *estimated;
    choice.source = ChoiceSource::kEstimated;
  } else {
    choice.index = reference;
    choice.source = ChoiceSource::kReference;
  }
}

void Selector::note_fallbacks(const Op& op, const std::string& problem, const Choice& choice) {
  const auto note = [&](FallbackKind kind, const Candidate& refused, std::string reason) {
    fallbacks_.push_back({.kind = kind,
                          .problem = problem,
                          .refused = std::string(refused.id),
                          .reason = std::move(reason),
                          .chosen = choice.solver});
  };
  for (const Candidate& candidate : choice.candidates) {
    const bool forced = any_means(policy_.forced, op.name(), candidate.id);
    if (!candidate.verdict && forced && choice.source != ChoiceSource::kForced) {
      note(FallbackKind::kForcedRefused, candidate, candidate.verdict.reason);
    } else if (!candidate.verdict && failed_here(candidate.verdict.refusal)) {
      note(FallbackKind::kTrialFailed, candidate, candidate.verdict.reason);
    }
  }
  const Candidate& reference = choice.candidates.back();
  if (any_means(policy_.without, op.name(), reference.id)) {
    note(FallbackKind::kReferenceKept, reference, "the reference cannot be removed");
  }
  if (choice.source == ChoiceSource::kForced || choice.candidates.size() == 1) return;
  const bool alone = std::none_of(choice.candidates.begin(), choice.candidates.end() - 1,
                                  [](const Candidate& candidate) { return bool(candidate.verdict); });
  if (alone) {
    const Candidate& first = choice.candidates.front();
    note(FallbackKind::kReferenceOnly, first, first.verdict.reason);
  }
}

namespace {

std::string describe(const FallbackEvent& event) {
  switch (event.kind) {
    case FallbackKind::kForcedRefused:
      return fmt::format("--solver {} refused", event.refused);
    case FallbackKind::kTrialFailed:
      return fmt::format("{} failed its trial", event.refused);
    case FallbackKind::kReferenceOnly:
      return "only the slow reference is left";
    case FallbackKind::kReferenceKept:
      return fmt::format("--without {} was not followed", event.refused);
  }
  return "";
}

}  // namespace

std::string summarise_fallbacks(const std::vector<FallbackEvent>& events) {
  std::vector<std::pair<std::string, int>> kinds;  // in order of appearance, with how many problems each
  std::vector<const FallbackEvent*> firsts;
  for (const FallbackEvent& event : events) {
    const std::string text = describe(event);
    const auto known =
        std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.first == text; });
    if (known != kinds.end()) {
      ++known->second;
      continue;
    }
    kinds.emplace_back(text, 1);
    firsts.push_back(&event);
  }
  std::string line;
  for (size_t i = 0; i < kinds.size(); ++i) {
    line += fmt::format("{}{} for {} problem{} ({}: {})", i == 0 ? "" : "; ", kinds[i].first, kinds[i].second,
                        kinds[i].second == 1 ? "" : "s", firsts[i]->problem, firsts[i]->reason);
  }
  return line;
}

}  // namespace nagare

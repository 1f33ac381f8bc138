#include "solve/tournament.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <new>

namespace nagare {
namespace {

constexpr int kFewestTurns = 3;
constexpr int64_t kMostRunsPerSample = 10'000;
// A challenger that needs this many times as long in its first run, or in each of the first turns, has lost.
constexpr double kHopelessAtFirst = 4;
constexpr double kHopeless = 1.25;
// A scheduler's slice, on a machine with several programs to a core.
constexpr double kLongestStopSeconds = 2e-2;
// Longer runs fill the caches themselves; a shorter one is run once untimed before each sample.
constexpr double kWorthWarmingSeconds = 2e-3;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

// A solver that passed the check, with its samples.
class Tournament::Player {
 public:
  Player(std::unique_ptr<Trial> trial, const Stream& stream, const TournamentOptions& options)
      : trial_(std::move(trial)),
        stream_(stream),
        clock_(options.clock),
        sample_seconds_(options.sample_seconds) {}

  Trial& trial() { return *trial_; }

  // The time of one run that follows the check, and by it the number of runs in a sample.
  double first_seconds() {
    first_seconds_ = time_runs(1);
    if (first_seconds_ < sample_seconds_) first_seconds_ = std::min(first_seconds_, time_runs(2));
    runs_ = std::clamp<int64_t>(std::llround(sample_seconds_ / first_seconds_), 1, kMostRunsPerSample);
    return first_seconds_;
  }
  double sample() {
    if (first_seconds_ < kWorthWarmingSeconds) trial_->run(stream_);
    samples_.push_back(time_runs(runs_));
    return samples_.back();
  }
  double seconds() const { return samples_.empty() ? first_seconds_ : median(samples_); }

 private:
  double time_runs(int64_t runs) {
    const int64_t start = clock_();
    for (int64_t i = 0; i < runs; ++i) trial_->run(stream_);
    const auto ns = static_cast<double>(std::max<int64_t>(1, clock_() - start));
    return ns * 1e-9 / static_cast<double>(runs);
  }

  std::unique_ptr<Trial> trial_;
  const Stream& stream_;
  Clock clock_;
  double sample_seconds_;
  double first_seconds_ = 0;
  int64_t runs_ = 1;
  std::vector<double> samples_;
};

Tournament::Tournament(const Op& op, const ProblemLine& canonical, const Device& device,
                       const TournamentOptions& options)
    : op_(op), line_(canonical), device_(device), options_(options) {}

Tournament::~Tournament() = default;

std::unique_ptr<Tournament::Player> Tournament::check(const Candidate& candidate, Measurement& measurement) {
  const auto refuse = [&](Refusal refusal, std::string reason) {
    measurement.refusal = refusal;
    measurement.reason = std::move(reason);
    return nullptr;
  };
  const Stream& stream = device_.stream();
  auto trial = op_.make_trial(line_, candidate.id, device_.traits(), options_.seed);
  if (!trial) {
    const bool memory = trial.error().kind == ErrorKind::kOutOfMemory;
    return refuse(memory ? Refusal::kMemory : Refusal::kFailed, trial.error().message);
  }
  (*trial)->run(stream);
  measurement.error = (*trial)->error(stream);
  const double tolerance = (*trial)->tolerance();
  // Not "error > tolerance": NaN must be refused.
  if (!(measurement.error <= tolerance)) {
    return refuse(Refusal::kWrongNumbers, wrong_numbers_reason(measurement.error, tolerance));
  }
  const int64_t cache_bytes = std::min(device_.traits().l3_bytes, options_.cold_bytes);
  if (const Status cold = (*trial)->prepare_cold_runs(cache_bytes); !cold) {
    return refuse(Refusal::kMemory, cold.error().message);
  }
  return std::make_unique<Player>(std::move(*trial), stream, options_);
}

std::unique_ptr<Tournament::Player> Tournament::prepare(const Candidate& candidate,
                                                        Measurement& measurement) {
  try {
    return check(candidate, measurement);
  } catch (const std::bad_alloc&) {
    measurement.refusal = Refusal::kMemory;
    measurement.reason = "not enough memory to try it";
    return nullptr;
  }
}

// Seconds of the challenger by seconds of the champion: the median over turns in which each ran once.
double Tournament::duel(Player& champion, Player& challenger, int turns) const {
  double first = challenger.first_seconds();
  // That the system stopped it looks like slowness, but rarely twice in a row.
  if (first > kHopelessAtFirst * champion.seconds() && first < kLongestStopSeconds)
    first = std::min(first, challenger.first_seconds());
  if (first > kHopelessAtFirst * champion.seconds()) return first / champion.seconds();
  std::vector<double> ratios;
  const int64_t end_ns = options_.clock() + static_cast<int64_t>(options_.pair_seconds * 1e9);
  for (int turn = 0; turn < turns; ++turn) {
    if (turn >= kFewestTurns) {
      const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
      if (options_.clock() > end_ns || *least > kHopeless || *most < 1 / kHopeless) break;
    }
    // Who begins changes, so that neither always finds the caches as the other left them.
    const bool champion_first = turn % 2 == 0;
    const double one = champion_first ? champion.sample() : challenger.sample();
    const double other = champion_first ? challenger.sample() : champion.sample();
    ratios.push_back(champion_first ? other / one : one / other);
  }
  return median(ratios);
}

void Tournament::crown(size_t index, std::unique_ptr<Player> player, double ratio) {
  for (size_t i = 0; i < index; ++i) entered_[i].seconds /= ratio;
  entered_[index].seconds = 1;
  champion_ = std::move(player);
}

const Measurement& Tournament::enter(const Candidate& candidate) {
  const size_t index = entered_.size();
  candidates_.push_back(candidate);
  entered_.push_back({.problem = line_.print(),
                      .solver = std::string(candidate.id),
                      .version = candidate.version,
                      .measured_unix_s = static_cast<int64_t>(std::time(nullptr))});
  auto player = prepare(candidate, entered_.back());
  if (player == nullptr) return entered_.back();
  if (champion_ == nullptr) {
    player->first_seconds();
    for (int i = 0; i < kFewestTurns; ++i) player->sample();
    crown(index, std::move(player), 1);
    return entered_.back();
  }
  const double ratio = duel(*champion_, *player, options_.turns);
  if (ratio < 1) {
    crown(index, std::move(player), ratio);
  } else {
    entered_.back().seconds = ratio;
  }
  return entered_.back();
}

std::vector<Measurement> Tournament::results() const {
  std::vector<Measurement> results = entered_;
  for (Measurement& result : results) {
    if (champion_ != nullptr && result.usable()) result.seconds *= champion_->seconds();
  }
  return results;
}

double Tournament::compare_again(size_t a, size_t b, int turns) {
  Measurement ignored;
  const auto player_a = prepare(candidates_[a], ignored);
  const auto player_b = prepare(candidates_[b], ignored);
  if (player_a == nullptr || player_b == nullptr) return entered_[a].seconds / entered_[b].seconds;
  player_b->first_seconds();
  return duel(*player_b, *player_a, turns);
}

}  // namespace nagare

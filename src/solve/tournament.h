// All solvers of one problem against each other: each is compared with the reference first, then timed
// against the best so far, the two taking turns, so that the machine's noise hits both alike. At any time at
// most two hold their inputs and weights.
//
// The rule of find.h and bench.h; it stores nothing and knows no policy.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "runtime/device.h"
#include "solve/measurement.h"
#include "solve/op.h"

namespace nagare {

struct TournamentOptions {
  uint64_t seed = 20261123;
  // As many runs as fill this are timed as one sample.
  double sample_seconds = 2e-4;
  // Turns that a pair takes, and the time after which it takes no more (but three).
  int turns = 9;
  double pair_seconds = 0.15;
  // Weights are read cold as far as they would be in a run: at most so many bytes lie between two uses of
  // one.
  int64_t cold_bytes = 128 << 20;
  Clock clock = &now_ns;
};

class Tournament {
 public:
  // Everything must outlive it.
  Tournament(const Op& op, const ProblemLine& canonical, const Device& device,
             const TournamentOptions& options);
  ~Tournament();
  Tournament(const Tournament&) = delete;
  Tournament& operator=(const Tournament&) = delete;

  // Checks and times one more; its verdict must be yes. The measurement's seconds may still change.
  const Measurement& enter(const Candidate& candidate);
  // In the order of entering. Seconds are medians of the best one's samples, scaled by what each took beside
  // it.
  std::vector<Measurement> results() const;
  // Times two that have entered against each other once more: seconds of `a` by seconds of `b`. For a close
  // call that matters.
  double compare_again(size_t a, size_t b, int turns);

 private:
  class Player;
  struct Result;

  std::unique_ptr<Player> prepare(const Candidate& candidate, Measurement& measurement);
  std::unique_ptr<Player> check(const Candidate& candidate, Measurement& measurement);
  double duel(Player& champion, Player& challenger, int turns) const;
  void crown(size_t index, std::unique_ptr<Player> player, double ratio);

  const Op& op_;
  const ProblemLine& line_;
  const Device& device_;
  TournamentOptions options_;
  std::vector<Candidate> candidates_;
  std::vector<Measurement> entered_;  // seconds: relative to the champion's
  std::unique_ptr<Player> champion_;
};

}  // namespace nagare

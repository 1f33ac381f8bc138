// Where events go. One Tracer per program run, passed to whoever works; off by default, and then a step costs
// one test of a bool.
//
// An event is plain data that refers to a label (what, where, by whom), registered once when a plan is made:
// nothing is formatted or allocated while the line runs, except that the list of events grows.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/clock.h"
#include "trace/station.h"

namespace nagare {

using LabelId = int32_t;

struct TraceLabel {
  Station station = Station::kCopy;
  std::string name;     // "blk.3.attn_q"
  std::string solver;   // "avx512_vnni_n16"; empty where nothing was chosen
  std::string problem;  // the problem line; empty where there is none
};

struct TraceEvent {
  LabelId label = 0;
  int64_t start_ns = 0;  // now_ns() clock
  int64_t duration_ns = 0;
  int64_t bytes = 0;  // moved, at least: inputs, weights and outputs once
  int64_t flops = 0;
};

class Tracer {
 public:
  bool enabled() const { return enabled_; }
  void set_enabled(bool enabled) { enabled_ = enabled; }

  LabelId add_label(TraceLabel label) {
    labels_.push_back(std::move(label));
    return static_cast<LabelId>(labels_.size() - 1);
  }
  void record(const TraceEvent& event) {
    if (enabled_) events_.push_back(event);
  }
  void clear_events() { events_.clear(); }

  const std::deque<TraceLabel>& labels() const { return labels_; }
  const std::vector<TraceEvent>& events() const { return events_; }

 private:
  bool enabled_ = false;
  std::deque<TraceLabel> labels_;
  std::vector<TraceEvent> events_;
};

// Records the time between its making and its end under one label.
class TraceScope {
 public:
  TraceScope(Tracer& tracer, LabelId label) : tracer_(tracer), label_(label) {
    if (tracer_.enabled()) start_ns_ = now_ns();
  }
  ~TraceScope() {
    if (tracer_.enabled())
      tracer_.record({.label = label_, .start_ns = start_ns_, .duration_ns = now_ns() - start_ns_});
  }
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

 private:
  Tracer& tracer_;
  LabelId label_;
  int64_t start_ns_ = 0;
};

}  // namespace nagare

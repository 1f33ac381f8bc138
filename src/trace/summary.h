// What a run's events add up to, station by station: the table that `./run` draws.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/tracer.h"

namespace nagare {

struct StationSummary {
  Station station = Station::kCopy;
  int64_t calls = 0;
  int64_t total_ns = 0;
  int64_t bytes = 0;
  int64_t flops = 0;
  std::string main_solver;  // the one with the most time at this station; empty where nothing was chosen
  int64_t main_solver_ns = 0;
};

// The stations that have events, in the order of the line.
std::vector<StationSummary> summarise(const Tracer& tracer);

// How the line is drawn.
struct LineStyle {
  int columns = 80;     // of the terminal; what is drawn fits into them from 60 on
  bool colour = false;  // with escape sequences
};

// The line as text for people: one row per station with a bar, its share of the time, its time and its main
// solver. Loading happens once and has a time, but no share.
std::string draw_line(const std::vector<StationSummary>& stations, const LineStyle& style);

}  // namespace nagare

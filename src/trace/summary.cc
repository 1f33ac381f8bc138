#include "trace/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace nagare {
namespace {

std::string human_time(int64_t ns) {
  const double value = static_cast<double>(ns);
  if (ns < 10'000) return fmt::format("{:.2f} µs", value / 1e3);
  if (ns < 10'000'000) return fmt::format("{:.2f} ms", value / 1e6);
  return fmt::format("{:.0f} ms", value / 1e6);
}

std::string bar(double share, int width) {
  std::string cells;
  const int filled = static_cast<int>(std::lround(share * width));
  for (int i = 0; i < width; ++i) cells += i < filled ? "█" : "·";
  return cells;
}

}  // namespace

std::vector<StationSummary> summarise(const Tracer& tracer) {
  std::array<StationSummary, kStationNames.size()> sums;
  std::array<std::map<std::string_view, int64_t>, kStationNames.size()> solver_ns;
  for (const TraceEvent& event : tracer.events()) {
    const TraceLabel& label = tracer.labels()[static_cast<size_t>(event.label)];
    const auto index = static_cast<size_t>(label.station);
    StationSummary& sum = sums[index];
    sum.station = label.station;
    ++sum.calls;
    sum.total_ns += event.duration_ns;
    sum.bytes += event.bytes;
    sum.flops += event.flops;
    if (!label.solver.empty()) solver_ns[index][label.solver] += event.duration_ns;
  }
  std::vector<StationSummary> stations;
  for (size_t i = 0; i < sums.size(); ++i) {
    if (sums[i].calls == 0) continue;
    for (const auto& [solver, ns] : solver_ns[i]) {
      if (ns < sums[i].main_solver_ns) continue;
      sums[i].main_solver = solver;
      sums[i].main_solver_ns = ns;
    }
    stations.push_back(sums[i]);
  }
  return stations;
}

std::string draw_line(const std::vector<StationSummary>& stations, int columns) {
  int64_t total_ns = 0;
  for (const StationSummary& station : stations) total_ns += station.total_ns;
  const int bar_width = std::clamp(columns - 56, 8, 40);
  std::string text;
  for (const StationSummary& station : stations) {
    const double share =
        total_ns == 0 ? 0 : static_cast<double>(station.total_ns) / static_cast<double>(total_ns);
    text += fmt::format("  {:<10} {} {:>5.1f} % {:>10}  {}\n", name(station.station), bar(share, bar_width),
                        share * 100, human_time(station.total_ns), station.main_solver);
  }
  return text;
}

}  // namespace nagare

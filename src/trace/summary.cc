#include "trace/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace nagare {
namespace {

constexpr int kFixedColumns = 44;  // of a row: everything but the bar and the solver's name
constexpr int kNarrowestBar = 8;
constexpr int kWidestBar = 40;
constexpr int kSolverColumns = 20;

std::string human_time(int64_t ns) {
  const double value = static_cast<double>(ns);
  if (value < 1e4) return fmt::format("{:.2f} µs", value / 1e3);
  if (value < 1e6) return fmt::format("{:.0f} µs", value / 1e3);
  if (value < 1e7) return fmt::format("{:.2f} ms", value / 1e6);
  if (value < 1e9) return fmt::format("{:.0f} ms", value / 1e6);
  return fmt::format("{:.2f} s", value / 1e9);
}

// `share` of `width` cells, to an eighth of a cell.
std::string bar(double share, int width) {
  static constexpr std::array<std::string_view, 8> kPart{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<size_t>(std::max<long>(1, std::lround(share * width * 8)));
  std::string cells;
  for (size_t i = 0; i < eighths / 8; ++i) cells += "█";
  cells += kPart[eighths % 8];
  const size_t used = (eighths + 7) / 8;
  cells.append(std::max<size_t>(used, static_cast<size_t>(width)) - used, ' ');
  return cells;
}

// The belt at the left edge, which runs through all stations.
std::string_view belt(size_t index, size_t count) {
  if (count == 1) return "─";
  return index == 0 ? "┌" : index + 1 == count ? "└" : "│";
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

std::string draw_line(const std::vector<StationSummary>& stations, const LineStyle& style) {
  int64_t total_ns = 0;
  for (const StationSummary& station : stations) {
    if (station.station != Station::kLoad) total_ns += station.total_ns;
  }
  const std::string_view faint = style.colour ? "\x1b[2m" : "";
  const std::string_view accent = style.colour ? "\x1b[36m" : "";
  const std::string_view reset = style.colour ? "\x1b[0m" : "";
  const int width = std::clamp(style.columns - kFixedColumns - kSolverColumns, kNarrowestBar, kWidestBar);
  std::string text;
  for (size_t i = 0; i < stations.size(); ++i) {
    const StationSummary& station = stations[i];
    const bool shares = station.station != Station::kLoad && total_ns > 0;
    const double share = shares ? static_cast<double>(station.total_ns) / static_cast<double>(total_ns) : 0;
    text += fmt::format("  {}{}{} {:<10} {}{}{} {:>8} {:>9}  {}{}{}\n", faint, belt(i, stations.size()),
                        reset, name(station.station), accent,
                        shares ? bar(share, width) : std::string(static_cast<size_t>(width), ' '), reset,
                        shares ? fmt::format("{:.1f} %", share * 100) : "", human_time(station.total_ns),
                        faint, station.main_solver, reset);
  }
  return text;
}

}  // namespace nagare

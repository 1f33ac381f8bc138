// Times attention solvers on problem lines and prints how far they are from what this machine can do,
// measured in the same run. Short runs take turns over as many caches as the last-level cache cannot hold, so
// decoding reads keys and values from memory as in a model of many layers.
//
//   bench_attention [--threads 2] [--solver ID] [--seconds 0.3] ["attention m=1 context=4096 heads=32 …" …]
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <ctime>

#include "base/clock.h"
#include "ops/attention/attention.h"
#include "runtime/cpu/machine_limits.h"

namespace nagare {
namespace {

struct Options {
  int threads = 2;
  double seconds = 0.3;
  std::string solver;
  std::vector<std::string> lines;
};

std::vector<std::string> default_lines() {
  std::vector<std::string> lines;
  for (const char* heads : {"heads=32 kv_heads=4 head_dim=64", "heads=32 kv_heads=8 head_dim=128",
                            "heads=32 kv_heads=32 head_dim=128"}) {
    for (const char* size : {"m=512 context=512", "m=512 context=4096", "m=1 context=512", "m=1 context=4096",
                             "m=8 spans=8 context=1024"}) {
      for (const char* kv : {"f16", "f32"})
        lines.push_back(fmt::format("attention {} {} kv={}", size, heads, kv));
    }
  }
  return lines;
}

// With one thread, time on the processor: what other programs take of it does not count.
int64_t clock_ns(const Device& device) {
  if (device.traits().threads > 1) return now_ns();
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec;
}

Status bench_solver(const AttentionProblem& p, std::string_view solver, const Options& options,
                    const Device& device, const MachineLimits& limits) {
  const Work work = work_of(p);
  const int64_t copies = p.m > 64 ? 1 : std::clamp<int64_t>(3 * device.traits().l3_bytes / work.bytes, 1, 64);
  std::vector<std::unique_ptr<Trial>> trials;
  for (int64_t i = 0; i < copies; ++i) {
    ASSIGN_OR_RETURN(auto trial, attention_op().make_trial(print(p), solver, device.traits(), 1));
    trial->run(device.stream());
    trials.push_back(std::move(trial));
  }
  std::vector<double> times;
  const int64_t stop = now_ns() + static_cast<int64_t>(options.seconds * 1e9);
  for (size_t copy = 0; now_ns() < stop || times.size() < 3; ++copy) {
    const int64_t start = clock_ns(device);
    trials[copy % trials.size()]->run(device.stream());
    times.push_back(static_cast<double>(clock_ns(device) - start) * 1e-9);
  }
  std::sort(times.begin(), times.end());
  const double median = times[times.size() / 2];
  std::printf("%-10s %-118s %9.1f us (best %9.1f) %6.1f GFLOP/s %5.1f %% of peak %6.2f GB/s %5.1f %%\n",
              std::string(solver).c_str(), print(p).print().c_str(), median * 1e6, times.front() * 1e6,
              static_cast<double>(work.flops) / median * 1e-9,
              100 * static_cast<double>(work.flops) / median / limits.f32_flops,
              static_cast<double>(work.bytes) / median * 1e-9,
              100 * static_cast<double>(work.bytes) / median / limits.read_bytes);
  return {};
}

Status run(const Options& options) {
  ASSIGN_OR_RETURN(const auto device, Device::open_cpu(options.threads));
  ASSIGN_OR_RETURN(const MachineLimits limits,
                   measure_machine_limits(device->stream(), device->traits(), options.threads));
  std::printf("%d threads: f32 %.0f GFLOP/s, reading %.1f GB/s\n", options.threads, limits.f32_flops * 1e-9,
              limits.read_bytes * 1e-9);
  for (const std::string& text : options.lines.empty() ? default_lines() : options.lines) {
    ASSIGN_OR_RETURN(const ProblemLine line, ProblemLine::parse(text));
    ASSIGN_OR_RETURN(const AttentionProblem p, parse_attention(line));
    for (const AttentionSolver* solver : attention_solvers()) {
      const bool wanted =
          options.solver.empty() ? solver == attention_solvers().front() : solver->id() == options.solver;
      if (!wanted || !solver->applicable(p, device->traits())) continue;
      RETURN_IF_ERROR(bench_solver(p, solver->id(), options, *device, limits));
    }
  }
  return {};
}

}  // namespace
}  // namespace nagare

int main(int argc, char** argv) {
  nagare::Options options;
  CLI::App app("Times attention solvers");
  app.add_option("--threads", options.threads, "threads to run on");
  app.add_option("--solver", options.solver, "this solver (default: the first of the list)");
  app.add_option("--seconds", options.seconds, "time spent on each");
  app.add_option("lines", options.lines, "problem lines");
  CLI11_PARSE(app, argc, argv);
  if (const nagare::Status status = nagare::run(options); !status) {
    std::fprintf(stderr, "bench_attention: %s\n", status.error().message.c_str());
    return nagare::exit_code(status.error().kind);
  }
  return 0;
}

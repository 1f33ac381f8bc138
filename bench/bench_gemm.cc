// Times gemm solvers on problem lines and prints how far they are from what this machine can do, measured in
// the same run. Weights of small problems lie in as many copies as the last-level cache cannot hold, so
// decoding is timed from memory as in a model.
//
//   bench_gemm [--threads 2] [--solver ID] [--seconds 0.3] ["gemm m=512 n=2048 k=2048 b=q4_0" …]
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <ctime>

#include "base/clock.h"
#include "ops/gemm/gemm.h"
#include "ops/gemm/random_weights.h"
#include "runtime/buffer.h"
#include "runtime/cpu/machine_limits.h"
#include "solve/trial_inputs.h"

namespace nagare {
namespace {

struct Options {
  int threads = 2;
  double seconds = 0.3;
  bool hot = false;  // one copy of the weights: they stay in the cache where they fit
  std::string solver;
  std::vector<std::string> lines;
};

std::vector<std::string> default_lines() {
  std::vector<std::string> lines;
  for (const char* type : {"q4_0", "q4_K", "q6_K", "q8_0", "f16"}) {
    for (const char* size : {"m=512 n=2560 k=2048", "m=512 n=11264 k=2048", "m=512 n=2048 k=5632",
                             "m=1 n=2560 k=2048", "m=1 n=11264 k=2048", "m=1 n=2048 k=5632"}) {
      lines.push_back(fmt::format("gemm {} b={}", size, type));
    }
  }
  return lines;
}

struct Setup {
  std::unique_ptr<GemmKernel> kernel;
  std::vector<Buffer> weights;
  std::vector<float> a, c;
  Buffer workspace;
  double pack_seconds = 1e9;  // the best
};

// With one thread, time on the processor: what other programs take of it does not count.
int64_t clock_ns(const Device& device) {
  if (device.traits().threads > 1) return now_ns();
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec;
}

Result<Setup> set_up(const GemmProblem& p, const GemmSolver& solver, const Device& device, bool hot) {
  Setup setup;
  ASSIGN_OR_RETURN(setup.kernel, solver.prepare(p, device.traits()));
  const int64_t bytes = setup.kernel->packed_bytes();
  const int64_t copies = hot ? 1 : std::clamp<int64_t>(3 * device.traits().l3_bytes / bytes, 1, 64);
  const std::vector<std::byte> rows = random_weights(p.b, p.n, p.k, 1);
  const TensorView whole{.dtype = p.b, .shape = Shape(p.n, p.k), .data = rows.data()};
  for (int64_t i = 0; i < copies; ++i) {
    ASSIGN_OR_RETURN(Buffer buffer, Buffer::allocate(bytes));
    const int64_t start = clock_ns(device);
    setup.kernel->pack(std::span(&whole, 1), buffer.data(), device.stream());
    setup.pack_seconds = std::min(setup.pack_seconds, static_cast<double>(clock_ns(device) - start) * 1e-9);
    setup.weights.push_back(std::move(buffer));
  }
  setup.a = random_floats(p.m * p.k, 2);
  setup.c.resize(static_cast<size_t>(p.m * p.n));
  ASSIGN_OR_RETURN(setup.workspace,
                   Buffer::allocate(setup.kernel->workspace_bytes(p.m, device.traits().threads)));
  return setup;
}

// Best and median seconds of a run.
std::pair<double, double> time_runs(const GemmProblem& p, Setup& setup, const Device& device,
                                    double seconds) {
  std::vector<double> times;
  // Short runs are timed several together: reading the clock takes half a microsecond.
  const int together = work_of(p).flops > 1'000'000 ? 1 : 100;
  const int64_t stop = now_ns() + static_cast<int64_t>(seconds * 1e9);
  size_t copy = 0;
  while (now_ns() < stop || times.size() < 3) {
    const int64_t start = clock_ns(device);
    for (int repeat = 0; repeat < together; ++repeat) {
      setup.kernel->run(device.stream(), {.a = setup.a.data(),
                                          .a_stride = p.k,
                                          .b = setup.weights[copy++ % setup.weights.size()].data(),
                                          .c = setup.c.data(),
                                          .c_stride = p.n,
                                          .rows = p.m,
                                          .workspace = setup.workspace.data()});
    }
    times.push_back(static_cast<double>(clock_ns(device) - start) * 1e-9 / together);
  }
  std::sort(times.begin(), times.end());
  return {times.front(), times[times.size() / 2]};
}

Status bench_line(const std::string& text, const Options& options, const Device& device,
                  const MachineLimits& limits) {
  ASSIGN_OR_RETURN(const ProblemLine line, ProblemLine::parse(text));
  ASSIGN_OR_RETURN(const GemmProblem p, parse_gemm(line));
  const Work work = work_of(p);
  for (const GemmSolver* solver : gemm_solvers()) {
    if (!options.solver.empty() && solver->id() != options.solver) continue;
    if (options.solver.empty() && solver->id() == "reference") continue;
    if (!solver->applicable(p, device.traits())) continue;
    ASSIGN_OR_RETURN(Setup setup, set_up(p, *solver, device, options.hot));
    const auto [best, median] = time_runs(p, setup, device, options.seconds);
    const double peak = is_quantised(p.b) && limits.int8_ops > 0 ? limits.int8_ops : limits.f32_flops;
    const double weight_bytes = static_cast<double>(setup.kernel->packed_bytes());
    std::printf(
        "%-18s %-62s %9.1f us (median %9.1f) %7.1f GOP/s %5.1f %% of peak %6.2f GB/s %5.1f %%; packed at "
        "%.2f GB/s\n",
        std::string(solver->id()).c_str(), print(p).print().c_str(), best * 1e6, median * 1e6,
        static_cast<double>(work.flops) / best * 1e-9, 100 * static_cast<double>(work.flops) / best / peak,
        weight_bytes / best * 1e-9, 100 * weight_bytes / best / limits.read_bytes,
        weight_bytes / setup.pack_seconds * 1e-9);
  }
  return {};
}

Status run(const Options& options) {
  ASSIGN_OR_RETURN(const auto device, Device::open_cpu(options.threads));
  ASSIGN_OR_RETURN(const MachineLimits limits,
                   measure_machine_limits(device->stream(), device->traits(), options.threads));
  std::printf("%d threads: f32 %.0f GFLOP/s, int8 %.0f GOP/s, bf16 %.0f GFLOP/s, reading %.1f GB/s\n",
              options.threads, limits.f32_flops * 1e-9, limits.int8_ops * 1e-9, limits.bf16_flops * 1e-9,
              limits.read_bytes * 1e-9);
  for (const std::string& line : options.lines.empty() ? default_lines() : options.lines) {
    RETURN_IF_ERROR(bench_line(line, options, *device, limits));
  }
  return {};
}

}  // namespace
}  // namespace nagare

int main(int argc, char** argv) {
  nagare::Options options;
  CLI::App app("Times gemm solvers");
  app.add_option("--threads", options.threads, "threads to run on");
  app.add_option("--solver", options.solver, "only this solver");
  app.add_option("--seconds", options.seconds, "time spent on each");
  app.add_flag("--hot", options.hot, "let the weights stay in the cache");
  app.add_option("lines", options.lines, "problem lines");
  CLI11_PARSE(app, argc, argv);
  if (const nagare::Status status = nagare::run(options); !status) {
    std::fprintf(stderr, "bench_gemm: %s\n", status.error().message.c_str());
    return nagare::exit_code(status.error().kind);
  }
  return 0;
}

// Loads a model and times it: loading, memory, a prompt, then tokens one by one; with --trace, where the time
// went, op by op.
//
//   bench_model MODEL.gguf [--threads 2] [--prompt 512] [--generate 64] [--sequences 1] [--repeat 5]
//   [--trace]
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>

#include "engine/model_bench.h"
#include "engine/text_model.h"
#include "trace/summary.h"

namespace nagare {
namespace {

struct Options {
  std::string model;
  TextModelOptions load;
  ModelBenchOptions bench;
  bool trace = false;
};

// A line of /proc/self/status, in megabytes.
double status_megabytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key + ":")) return std::atof(line.c_str() + key.size() + 1) * 1024e-6;
  }
  return 0;
}

void print_memory(const char* when) {
  std::printf("%s: peak %.1f MB, now %.1f MB of its own and %.1f MB of files\n", when,
              status_megabytes("VmHWM"), status_megabytes("RssAnon"), status_megabytes("RssFile"));
}

void print_rates(const char* what, const std::vector<double>& rates) {
  if (rates.empty()) return;
  const auto [low, high] = std::minmax_element(rates.begin(), rates.end());
  std::printf("%s: %.1f tokens/s (median; %.1f to %.1f)\n", what, median(rates), *low, *high);
}

// What the traced events add up to: stations, then the ops of all layers together.
void print_trace(const Tracer& tracer) {
  std::printf("%s", draw_line(summarise(tracer), {.columns = 100}).c_str());
  struct Sum {
    int64_t ns = 0;
    int64_t calls = 0;
  };
  std::map<std::string, Sum> sums;
  int64_t total_ns = 0;
  for (const TraceEvent& event : tracer.events()) {
    const TraceLabel& label = tracer.labels()[static_cast<size_t>(event.label)];
    Sum& sum = sums[label.problem.empty() ? label.name : label.problem + "  " + label.solver];
    sum.ns += event.duration_ns;
    total_ns += event.duration_ns;
    ++sum.calls;
  }
  std::vector<std::pair<std::string, Sum>> sorted(sums.begin(), sums.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.second.ns > b.second.ns; });
  for (const auto& [what, sum] : sorted) {
    std::printf("%6.2f %% %9.2f us × %6lld  %s\n",
                100 * static_cast<double>(sum.ns) / static_cast<double>(total_ns),
                static_cast<double>(sum.ns) / static_cast<double>(sum.calls) * 1e-3,
                static_cast<long long>(sum.calls), what.c_str());
  }
}

Status run(const Options& options) {
  ASSIGN_OR_RETURN(const auto model, TextModel::load(options.model, options.load, {}));
  const MemoryEstimate& memory = model->memory();
  std::printf("loaded in %.3f s; file %.1f MB, estimate: weights %.1f MB, keys and values %.1f MB\n",
              model->load_seconds(), static_cast<double>(memory.file_bytes) * 1e-6,
              static_cast<double>(memory.weight_bytes) * 1e-6, static_cast<double>(memory.kv_bytes) * 1e-6);
  print_memory("after loading");
  model->tracer().set_enabled(options.trace);
  ASSIGN_OR_RETURN(const ModelBenchResult result, bench_model(*model, options.bench, {}));
  print_rates("prompt", result.prompt_rates);
  print_rates("generate", result.generate_rates);
  print_memory("after the runs");
  if (options.trace) print_trace(model->tracer());
  return {};
}

}  // namespace
}  // namespace nagare

int main(int argc, char** argv) {
  nagare::Options options;
  options.load.threads = 2;
  CLI::App app("Times a model");
  app.add_option("model", options.model, "GGUF file")->required();
  app.add_option("--threads", options.load.threads, "threads to run on");
  app.add_option("--ctx", options.load.context_length, "tokens of context");
  app.add_option("--prompt", options.bench.prompt_tokens, "tokens of the prompt");
  app.add_option("--generate", options.bench.generate_tokens, "tokens to generate");
  app.add_option("--sequences", options.bench.sequences, "sequences together");
  app.add_option("--repeat", options.bench.repeat, "counted runs");
  app.add_flag("--trace", options.trace, "show where the time goes");
  CLI11_PARSE(app, argc, argv);
  options.load.sequences = options.bench.sequences;
  if (const nagare::Status status = nagare::run(options); !status) {
    std::fprintf(stderr, "bench_model: %s\n", status.error().message.c_str());
    return nagare::exit_code(status.error().kind);
  }
  return 0;
}

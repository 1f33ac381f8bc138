// `nagare quantize IN OUT TYPE`: a model file with other types of weights.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/printable.h"
#include "commands.h"
#include "engine/quantise_file.h"
#include "progress_bar.h"
#include "standard_output.h"
#include "units.h"

namespace nagare::cli {
namespace {

struct QuantizeArguments {
  std::string in, out, type;
  int threads = 0;
  bool dry_run = false;
  bool allow_requantise = false;
  bool json = false;
};

std::string page(const QuantiseReport& report) {
  size_t names = 0;
  for (const QuantisedTensor& tensor : report.tensors) names = std::max(names, printable(tensor.name).size());
  std::string out;
  for (const QuantisedTensor& tensor : report.tensors) {
    const bool copied = tensor.from == tensor.to;
    out += fmt::format("{:<{}}  {:>9}  {:>6}", printable(tensor.name), names,
                       bytes_text(static_cast<uint64_t>(tensor.bytes_before)), name(tensor.from));
    out += copied ? "  as it is\n"
                  : fmt::format(" -> {:<6}  {:>9}  error {:.3g} %\n", name(tensor.to),
                                bytes_text(static_cast<uint64_t>(tensor.bytes_after)), 100 * *tensor.error);
  }
  return out;
}

std::string summary(const QuantiseReport& report) {
  return fmt::format("{} -> {}, {:.2f} bits per weight",
                     bytes_text(static_cast<uint64_t>(report.bytes_before)),
                     bytes_text(static_cast<uint64_t>(report.bytes_after)), report.bits_per_weight());
}

nlohmann::ordered_json json_of(const QuantiseReport& report) {
  nlohmann::ordered_json tensors = nlohmann::ordered_json::array();
  for (const QuantisedTensor& tensor : report.tensors) {
    tensors.push_back({{"name", tensor.name},
                       {"from", name(tensor.from)},
                       {"to", name(tensor.to)},
                       {"bytes_before", tensor.bytes_before},
                       {"bytes_after", tensor.bytes_after},
                       {"relative_rms_error", tensor.error.value_or(0.0)}});
  }
  return {{"bytes_before", report.bytes_before},
          {"bytes_after", report.bytes_after},
          {"bits_per_weight", report.bits_per_weight()},
          {"tensors", std::move(tensors)}};
}

Status run(const QuantizeArguments& arguments) {
  QuantiseOptions options{.target = {},
                          .threads = arguments.threads,
                          .dry_run = arguments.dry_run,
                          .allow_requantise = arguments.allow_requantise,
                          .progress = {}};
  ASSIGN_OR_RETURN(options.target, parse_quantise_target(arguments.type));
  ProgressBar bar;
  options.progress = [&bar](int64_t done, int64_t all) {
    bar.show(static_cast<size_t>(done >> 20), static_cast<size_t>(std::max<int64_t>(1, all >> 20)),
             "MiB quantised");
  };
  ASSIGN_OR_RETURN(const QuantiseReport report, quantise_file(arguments.in, arguments.out, options));
  bar.clear();
  if (arguments.json) return write_json(json_of(report));
  if (arguments.dry_run) return write_out(page(report) + summary(report) + "\n");
  fmt::print(stderr, "{}: {}\n", printable(arguments.out), summary(report));
  return {};
}

std::string target_names() {
  std::string names;
  for (const QuantiseTarget& target : quantise_targets())
    names += (names.empty() ? "" : ", ") + std::string(target.name);
  return names;
}

}  // namespace

void add_quantize(CLI::App& app, Chosen& chosen) {
  auto arguments = std::make_shared<QuantizeArguments>();
  CLI::App* command = app.add_subcommand("quantize", "writes a model file with other types of weights");
  command->add_option("in", arguments->in, "a model file (GGUF)")->required();
  command->add_option("out", arguments->out, "the file to write")->required();
  command->add_option("type", arguments->type, target_names())->required();
  command->add_option("--threads,-t", arguments->threads, "threads (default: one per core)")
      ->check(CLI::Range(1, 1024));
  command->add_flag("--dry-run", arguments->dry_run, "write nothing; list sizes and errors of all tensors");
  command->add_flag("--allow-requantize", arguments->allow_requantise,
                    "take weights that are quantised already");
  command->add_flag("--json", arguments->json, "sizes and errors of all tensors as JSON");
  command->footer(
      "Examples:\n  nagare quantize model-f16.gguf model-q4_k_m.gguf Q4_K_M\n"
      "  nagare quantize model-f16.gguf - Q8_0 --dry-run");
  command->callback([arguments, &chosen] { chosen.run = [arguments] { return run(*arguments); }; });
}

}  // namespace nagare::cli

// `nagare devices`: what the program runs on, and what that can do at best.
#include <fmt/format.h>

#include <memory>

#include "base/printable.h"
#include "commands.h"
#include "engine/device_report.h"
#include "standard_output.h"
#include "units.h"

namespace nagare::cli {
namespace {

struct DevicesArguments {
  int threads = 0;
  bool measure = true;
  bool json = false;
};

std::string page(const DeviceReport& report) {
  const DeviceTraits& traits = report.traits;
  std::string out = fmt::format("cpu  {}\n", printable(traits.name));
  const auto line = [&out](std::string_view what, const std::string& value) {
    out += fmt::format("  {:<17}  {}\n", what, value);
  };
  const auto size = [](int64_t bytes) {
    return bytes >= 1 << 20 ? fmt::format("{} MiB", bytes >> 20) : fmt::format("{} KiB", bytes >> 10);
  };
  const auto rate = [](double value, const char* unit) {
    return value > 0 ? rate_text(value, unit) : std::string("none: the processor has no such instruction");
  };
  line("cores",
       fmt::format("{} that this process may use, {} threads", traits.compute_units, traits.threads));
  line("instruction sets", report.hidden_instruction_sets.empty()
                               ? report.instruction_sets
                               : fmt::format("{}, of {} (NAGARE_CPU hides the rest)", report.instruction_sets,
                                             report.hidden_instruction_sets));
  line("caches", fmt::format("L1 {}, L2 {}, L3 {}", size(traits.l1d_bytes), size(traits.l2_bytes),
                             size(traits.l3_bytes)));
  const auto bytes = [](int64_t count) { return bytes_text(static_cast<uint64_t>(count)); };
  line("memory", fmt::format("{}, of which {} are free to this process", bytes(traits.physical_memory_bytes),
                             bytes(report.available_bytes)));
  line("memory limit", traits.memory_bytes < traits.physical_memory_bytes
                           ? fmt::format("{}, by the cgroup or a resource limit", bytes(traits.memory_bytes))
                           : std::string("none"));
  std::string libraries;
  for (const LibraryTraits& library : traits.libraries) {
    libraries += fmt::format("{}{} {}", libraries.empty() ? "" : ", ", library.name, library.version);
  }
  line("libraries", libraries.empty() ? "none" : libraries);
  if (report.limits.f32_flops > 0) {
    out += "at best, measured now\n";
    line("float32", rate(report.limits.f32_flops, "FLOP/s"));
    line("bfloat16", rate(report.limits.bf16_flops, "FLOP/s"));
    line("int8", rate(report.limits.int8_ops, "OP/s"));
    line("reading memory", rate(report.limits.read_bytes, "B/s"));
  }
  return out;
}

nlohmann::ordered_json json_of(const DeviceReport& report) {
  const DeviceTraits& traits = report.traits;
  nlohmann::ordered_json cpu{{"kind", "cpu"},
                             {"name", traits.name},
                             {"cores", traits.compute_units},
                             {"threads", traits.threads},
                             {"instruction_sets", report.instruction_sets},
                             {"l1d_bytes", traits.l1d_bytes},
                             {"l2_bytes", traits.l2_bytes},
                             {"l3_bytes", traits.l3_bytes},
                             {"memory_limit_bytes", traits.memory_bytes},
                             {"physical_memory_bytes", traits.physical_memory_bytes},
                             {"available_bytes", report.available_bytes}};
  if (!report.hidden_instruction_sets.empty()) {
    cpu["processor_instruction_sets"] = report.hidden_instruction_sets;
  }
  nlohmann::ordered_json& libraries = cpu["libraries"] = nlohmann::ordered_json::object();
  for (const LibraryTraits& library : traits.libraries) libraries[library.name] = library.version;
  if (report.limits.f32_flops > 0) {
    cpu["limits"] = {{"f32_flops_per_second", report.limits.f32_flops},
                     {"bf16_flops_per_second", report.limits.bf16_flops},
                     {"int8_ops_per_second", report.limits.int8_ops},
                     {"read_bytes_per_second", report.limits.read_bytes}};
  }
  return {{"devices", nlohmann::ordered_json::array({cpu})}};
}

Status run(const DevicesArguments& arguments) {
  ASSIGN_OR_RETURN(const DeviceReport report, report_device(arguments.threads, arguments.measure));
  return arguments.json ? write_json(json_of(report)) : write_out(page(report));
}

}  // namespace

void add_devices(CLI::App& app, Chosen& chosen) {
  auto arguments = std::make_shared<DevicesArguments>();
  CLI::App* command = app.add_subcommand("devices", "what nagare runs on, and what that can do at best");
  command->add_option("--threads,-t", arguments->threads, "threads to measure with (default: one per core)")
      ->check(CLI::Range(1, 1024));
  command->add_flag("!--no-measure", arguments->measure, "do not measure (saves a third of a second)");
  command->add_flag("--json", arguments->json, "as JSON");
  command->footer("Examples:\n  nagare devices\n  NAGARE_CPU=avx2 nagare devices --json");
  command->callback([arguments, &chosen] { chosen.run = [arguments] { return run(*arguments); }; });
}

}  // namespace nagare::cli

// `nagare show FILE`: what a model file says, its tensors, and the memory it takes to run. What the file says
// is printed even where the model inside cannot be run; then the reason is the error that the program ends
// with.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>

#include "base/printable.h"
#include "commands.h"
#include "engine/file_summary.h"
#include "standard_output.h"
#include "units.h"

namespace nagare::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kShownElements = 6;  // of an array
constexpr size_t kShownBytes = 120;   // of a text
constexpr size_t kWidestColumn = 48;  // names longer than this move their line's other columns
constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

struct ShowArguments {
  std::string path;
  std::string kv = "auto";
  int64_t context = 0;
  bool all = false;
  bool json = false;
  bool check = false;
};

std::string value_text(const SummaryValue& value, size_t text_bytes) {
  if (const auto* text = std::get_if<std::string>(&value)) return printable(*text, text_bytes);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{:.7g}", *real);
  if (const auto* whole = std::get_if<int64_t>(&value)) return std::to_string(*whole);
  return std::to_string(std::get<uint64_t>(value));
}

std::string key_text(const SummaryKey& key, bool all) {
  if (!key.is_array) return value_text(key.values.front(), all ? kNoLimit : kShownBytes);
  std::string text = "[";
  for (const SummaryValue& value : key.values) {
    if (text.size() > 1) text += ", ";
    text += value_text(value, all ? kNoLimit : kShownBytes / kShownElements);
  }
  return key.is_cut() ? fmt::format("{}, … {} in all]", text, grouped(key.count)) : text + "]";
}

template <class Items, class Name>
size_t column_of(const Items& items, const Name& name) {
  size_t widest = 0;
  for (const auto& item : items) widest = std::max(widest, name(item).size());
  return std::min(widest, kWidestColumn);
}

std::string shape_text(const SummaryTensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.shape, ", "));
}

// "q4_K 156, f32 45": how many tensors of each type, the most frequent first.
std::string type_counts(const FileSummary& summary) {
  std::map<std::string_view, int> counts;
  for (const SummaryTensor& tensor : summary.tensors) ++counts[tensor.type];
  std::vector<std::pair<int, std::string_view>> sorted;
  sorted.reserve(counts.size());
  for (const auto& [type, count] : counts) sorted.emplace_back(-count, type);
  std::sort(sorted.begin(), sorted.end());
  std::string text;
  for (const auto& [count, type] : sorted)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", type, -count);
  return text;
}

std::string page(const FileSummary& summary, const ShowArguments& arguments) {
  std::string out = fmt::format("{}: GGUF {}, {}", printable(arguments.path, kNoLimit), summary.version,
                                bytes_text(summary.file_bytes));
  if (summary.part_count > 1) out += fmt::format(" in {} parts", summary.part_count);
  if (summary.parameter_count > 0) out += fmt::format(", {} parameters", count_text(summary.parameter_count));
  out += "\n\nmetadata\n";
  const size_t keys = column_of(summary.metadata, [](const SummaryKey& key) { return printable(key.key); });
  const size_t types = column_of(summary.metadata, [](const SummaryKey& key) { return key.type; });
  for (const SummaryKey& key : summary.metadata) {
    out += fmt::format("  {:<{}}  {:<{}}  {}\n", printable(key.key), keys, key.type, types,
                       key_text(key, arguments.all));
  }
  if (!summary.tensors.empty()) {
    out += fmt::format("\ntensors: {} ({})\n", grouped(summary.tensors.size()), type_counts(summary));
  }
  const size_t names =
      column_of(summary.tensors, [](const SummaryTensor& tensor) { return printable(tensor.name); });
  const size_t shapes = column_of(summary.tensors, shape_text);
  for (const SummaryTensor& tensor : summary.tensors) {
    out += fmt::format("  {:<{}}  {:<{}}  {:<7}  {:>9}\n", printable(tensor.name), names, shape_text(tensor),
                       shapes, tensor.type, bytes_text(static_cast<uint64_t>(tensor.bytes)));
  }
  if (summary.model) {
    const SummaryModel& model = *summary.model;
    const auto line = [&out](std::string_view what, int64_t bytes, const std::string& remark) {
      out += fmt::format("  {:<11}  {:>9}{}\n", what, bytes_text(static_cast<uint64_t>(bytes)), remark);
    };
    out += "\nsize in memory\n";
    line("weights", model.memory.weight_bytes,
         "  converted or laid out anew; the file's own pages are not counted");
    line("activations", model.memory.activation_bytes, "");
    line("KV cache", model.memory.kv_bytes,
         fmt::format("  for {} tokens in {} (the model was trained for {})", grouped(model.context),
                     model.kv_type, grouped(model.trained_context)));
    line("together", model.memory.needed_bytes(),
         fmt::format("  {} of {} that are free", model.memory.fits() ? "fits the" : "does not fit the",
                     bytes_text(model.memory.available_bytes)));
  }
  return out;
}

Json json_of(const SummaryValue& value) {
  return std::visit([](const auto& held) { return Json(held); }, value);
}

Json json_of(const FileSummary& summary) {
  Json out;
  out["format"] = "gguf";
  out["version"] = summary.version;
  out["parts"] = summary.part_count;
  out["file_bytes"] = summary.file_bytes;
  out["parameters"] = summary.parameter_count;
  Json& metadata = out["metadata"] = Json::object();
  Json& types = out["metadata_types"] = Json::object();
  Json& cut = out["metadata_cut"] = Json::object();  // how long the arrays are that are not shown whole
  for (const SummaryKey& key : summary.metadata) {
    Json value = key.is_array ? Json::array() : json_of(key.values.front());
    if (key.is_array) {
      for (const SummaryValue& element : key.values) value.push_back(json_of(element));
    }
    metadata[key.key] = std::move(value);
    types[key.key] = key.type;
    if (key.is_cut()) cut[key.key] = key.count;
  }
  Json& tensors = out["tensors"] = Json::array();
  for (const SummaryTensor& tensor : summary.tensors) {
    tensors.push_back(
        {{"name", tensor.name}, {"type", tensor.type}, {"shape", tensor.shape}, {"bytes", tensor.bytes}});
  }
  if (summary.model) {
    const SummaryModel& model = *summary.model;
    out["memory"] = {{"weight_bytes", model.memory.weight_bytes},
                     {"activation_bytes", model.memory.activation_bytes},
                     {"kv_bytes", model.memory.kv_bytes},
                     {"kv_type", model.kv_type},
                     {"context", model.context},
                     {"trained_context", model.trained_context},
                     {"needed_bytes", model.memory.needed_bytes()},
                     {"available_bytes", model.memory.available_bytes},
                     {"fits", model.memory.fits()}};
  }
  if (!summary.runnable) out["error"] = summary.runnable.error().message;
  return out;
}

Status run(const ShowArguments& arguments) {
  SummaryOptions options{.max_elements = arguments.all ? kNoLimit : kShownElements};
  options.load.context_length = arguments.context;
  options.load.kv_dtype = dtype_from_name(arguments.kv);  // none for auto
  options.load.check_weights = arguments.check;
  options.load.policy.find = FindMode::kOff;
  ASSIGN_OR_RETURN(const FileSummary summary, summarise_file(arguments.path, options));
  RETURN_IF_ERROR(arguments.json ? write_json(json_of(summary)) : write_out(page(summary, arguments)));
  return summary.runnable;
}

}  // namespace

void add_show(CLI::App& app, Chosen& chosen) {
  auto arguments = std::make_shared<ShowArguments>();
  CLI::App* command = app.add_subcommand("show", "what a model file says, and the memory it takes");
  command->add_option("file", arguments->path, "a model file (GGUF), or any part of a split one")->required();
  command->add_flag("--all", arguments->all, "do not cut long arrays and texts");
  command->add_option("--ctx,-c", arguments->context, "tokens of context to reckon the KV cache for")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 28));
  command->add_option("--kv", arguments->kv, "element type of the KV cache (auto: as a run would take)")
      ->check(CLI::IsMember({"auto", "f32", "f16", "bf16", "q8_0", "q4_0"}));
  command->add_flag("--check", arguments->check, "refuse a file with NaN or infinite weights");
  command->add_flag("--json", arguments->json, "all of it as JSON");
  command->footer("Examples:\n  nagare show model.gguf\n  nagare show model.gguf --ctx 32768 --json");
  command->callback([arguments, &chosen] { chosen.run = [arguments] { return run(*arguments); }; });
}

}  // namespace nagare::cli

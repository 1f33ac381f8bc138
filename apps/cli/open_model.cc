#include "open_model.h"

#include <array>
#include <filesystem>

#include "base/printable.h"
#include "terminal.h"

namespace nagare::cli {
namespace {

std::string describe(const ModelArguments& arguments, const MemoryEstimate& memory) {
  const std::string name = printable(std::filesystem::path(arguments.path).filename().string(), 60);
  return fmt::format("{}: {}; needs at most {} of memory, {} of it for {} tokens of context; {} are free",
                     name, human_bytes(memory.file_bytes), human_bytes(memory.needed_bytes()),
                     human_bytes(memory.kv_bytes), grouped(static_cast<uint64_t>(memory.context_length)),
                     human_bytes(memory.available_bytes));
}

}  // namespace

std::string human_bytes(int64_t bytes) {
  static constexpr std::array<std::string_view, 4> kUnits{"kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes) / 1e3;
  size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1e3;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", value, value < 99.95 ? 1 : 0, kUnits[unit]);
}

void tell(const ModelArguments& arguments, std::string_view line) {
  if (arguments.quiet || line.empty()) return;
  const Palette palette(terminal_of(stderr).colour);
  fmt::print(stderr, "{}{}{}\n", palette.faint, line, palette.reset);
}

Result<std::unique_ptr<TextModel>> open_model(const ModelArguments& arguments,
                                              const std::function<void(TextModelOptions&)>& adjust) {
  ASSIGN_OR_RETURN(TextModelOptions options, to_options(arguments));
  if (adjust) adjust(options);
  const auto before_loading = [&](const MemoryEstimate& memory) {
    tell(arguments, describe(arguments, memory));
  };
  ASSIGN_OR_RETURN(auto model, TextModel::load(arguments.path, options, before_loading));
  if (model->perf_db() != nullptr) {
    for (const std::string& warning : model->perf_db()->take_warnings()) tell(arguments, warning);
  }
  tell(arguments, summarise_fallbacks(model->selector().fallbacks()));
  return model;
}

}  // namespace nagare::cli

#include "open_model.h"

#include <array>
#include <filesystem>

#include "base/printable.h"
#include "progress_bar.h"
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

// Of the find before the run; "" where it had nothing to measure.
std::string describe(const FindReport& report) {
  if (report.measured + report.left_over == 0) return "";
  if (report.measured == 0) {
    return fmt::format(
        "{:.1f} s did not suffice to measure a solver; all go by their estimates (nagare find measures them)",
        report.seconds);
  }
  std::string line = fmt::format("measured solvers for {} problem{} in {:.1f} s; kept for later runs",
                                 report.measured, report.measured == 1 ? "" : "s", report.seconds);
  if (report.left_over > 0)
    line += fmt::format("; {} go by their estimates (nagare find measures them)", report.left_over);
  return line;
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
  options.isolate = true;
  ProgressBar bar(!arguments.quiet);
  options.find_progress = [&](const FindProgress& progress) {
    bar.show(progress.done, progress.total, progress.problem);
    return true;
  };
  if (adjust) adjust(options);
  const auto before_loading = [&](const MemoryEstimate& memory) {
    tell(arguments, describe(arguments, memory));
  };
  ASSIGN_OR_RETURN(auto model, TextModel::load(arguments.path, options, before_loading));
  bar.clear();
  tell(arguments, describe(model->find_report()));
  if (model->perf_db() != nullptr) {
    for (const std::string& warning : model->perf_db()->take_warnings()) tell(arguments, warning);
  }
  tell(arguments, summarise_fallbacks(model->selector().fallbacks()));
  return model;
}

}  // namespace nagare::cli

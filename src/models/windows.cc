#include "models/windows.h"

namespace nagare {
namespace {

constexpr std::string_view kPattern = "attention.sliding_window_pattern";

void read_flags(ModelReader& reader, const GgufValue& flags, Windows& windows) {
  const bool fits =
      flags.element_type == GgufType::kBool && flags.numbers.size() == windows.has_window.size();
  if (!fits) {
    reader.fail(
        {ErrorKind::kBadInput, fmt::format("model: {} must be a number or one bool for each of the {} layers",
                                           reader.key(kPattern), windows.has_window.size())});
    return;
  }
  for (size_t i = 0; i < windows.has_window.size(); ++i)
    windows.has_window[i] = flags.numbers[i] != std::byte{0};
}

}  // namespace

Windows read_windows(ModelReader& reader, const Hyperparameters& h, int64_t positions, int64_t period) {
  Windows windows;
  windows.has_window.resize(static_cast<size_t>(h.layers));
  windows.positions = reader.integer_or("attention.sliding_window", 0, 1 << 28, positions);
  const GgufValue* pattern = reader.file().find(reader.key(kPattern));
  if (pattern != nullptr && pattern->is_array()) {
    read_flags(reader, *pattern, windows);
    return windows;
  }
  period = reader.integer_or(kPattern, 0, h.layers > 1024 ? h.layers : 1024, period);
  for (int64_t layer = 0; layer < h.layers; ++layer)
    windows.has_window[static_cast<size_t>(layer)] = period == 0 || layer % period < period - 1;
  return windows;
}

}  // namespace nagare

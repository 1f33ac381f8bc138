#include "output/sampler/sampler_options.h"

#include <algorithm>
#include <array>

#include "base/printable.h"

namespace nagare {
namespace {

constexpr std::array<Cut, 6> kDefaultCuts{Cut::kTopK, Cut::kTemperature, Cut::kTypical,
                                          Cut::kTopP, Cut::kMinP,        Cut::kXtc};
constexpr std::array<std::string_view, 6> kCutNames{"top-k", "temperature", "typical",
                                                    "top-p", "min-p",       "xtc"};
constexpr int32_t kLongestWindow = 1 << 20;

// NaN is in no range.
template <class T>
Status in_range(std::string_view name, T value, T low, T high) {
  if (value >= low && value <= high) return {};
  return bad_input("{} must be from {} to {}, not {}", name, low, high, value);
}

Status check_penalties(const SamplerOptions& o) {
  RETURN_IF_ERROR(in_range("repetition penalty", o.repetition_penalty, 0.01f, 100.0f));
  RETURN_IF_ERROR(in_range("presence penalty", o.presence_penalty, -100.0f, 100.0f));
  RETURN_IF_ERROR(in_range("frequency penalty", o.frequency_penalty, -100.0f, 100.0f));
  RETURN_IF_ERROR(in_range("penalty window", o.repetition_window, 0, kLongestWindow));
  RETURN_IF_ERROR(in_range("dry multiplier", o.dry_multiplier, 0.0f, 100.0f));
  RETURN_IF_ERROR(in_range("dry base", o.dry_base, 1.0f, 100.0f));
  RETURN_IF_ERROR(in_range("dry allowed length", o.dry_allowed_length, 1, kLongestWindow));
  return in_range("dry window", o.dry_window, 0, kLongestWindow);
}

}  // namespace

std::string_view name(Cut cut) {
  return kCutNames[static_cast<size_t>(cut)];
}

std::span<const Cut> default_cuts() {
  return kDefaultCuts;
}

Result<std::vector<Cut>> parse_cuts(std::string_view list) {
  std::vector<Cut> cuts;
  cuts.reserve(kCutNames.size());
  for (;;) {
    const size_t comma = list.find(',');
    const std::string_view word = list.substr(0, comma);
    const auto* const known = std::ranges::find(kCutNames, word);
    if (known == kCutNames.end()) {
      return bad_input("samplers: '{}' is none of {}", printable(word), fmt::join(kCutNames, ", "));
    }
    const auto cut = static_cast<Cut>(known - kCutNames.begin());
    if (std::ranges::find(cuts, cut) != cuts.end()) return bad_input("samplers: '{}' comes twice", word);
    cuts.push_back(cut);
    if (comma == std::string_view::npos) return cuts;
    list.remove_prefix(comma + 1);
  }
}

Status check(const SamplerOptions& o) {
  RETURN_IF_ERROR(in_range("temperature", o.temperature, 0.0f, 100.0f));
  RETURN_IF_ERROR(in_range("top-k", o.top_k, 0, 1 << 24));
  RETURN_IF_ERROR(in_range("top-p", o.top_p, 0.0f, 1.0f));
  RETURN_IF_ERROR(in_range("min-p", o.min_p, 0.0f, 1.0f));
  RETURN_IF_ERROR(in_range("typical", o.typical_p, 0.0f, 1.0f));
  RETURN_IF_ERROR(in_range("xtc probability", o.xtc_probability, 0.0f, 1.0f));
  RETURN_IF_ERROR(in_range("xtc threshold", o.xtc_threshold, 0.0f, 1.0f));
  RETURN_IF_ERROR(check_penalties(o));
  RETURN_IF_ERROR(in_range("mirostat", o.mirostat, 0, 2));
  RETURN_IF_ERROR(in_range("mirostat tau", o.mirostat_tau, 0.0f, 100.0f));
  RETURN_IF_ERROR(in_range("mirostat eta", o.mirostat_eta, 0.0f, 1.0f));
  for (const TokenBias& bias : o.bias) {
    RETURN_IF_ERROR(in_range(fmt::format("logit bias of token {}", bias.token), bias.bias, -100.0f, 100.0f));
  }
  return {};
}

}  // namespace nagare

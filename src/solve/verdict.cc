#include "solve/verdict.h"

#include <array>

namespace nagare {
namespace {

constexpr std::array<std::string_view, 14> kNames{
    "none",      "missing-isa",   "shape",   "dtype",     "layout", "epilogue", "not-built",
    "forbidden", "wrong-numbers", "crashed", "timed-out", "memory", "failed",   "untried"};

}  // namespace

std::string_view name(Refusal refusal) {
  return kNames[static_cast<size_t>(refusal)];
}

std::optional<Refusal> parse_refusal(std::string_view text) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<Refusal>(i);
  }
  return std::nullopt;
}

}  // namespace nagare

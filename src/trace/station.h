// The stations of the line: the one enumeration that the log, the bench table, the trace file and the page
// share.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace nagare {

enum class Station : uint8_t {
  kLoad,       // files to weights: mapping, checking, repacking
  kPrepare,    // text to tokens
  kEmbed,      // tokens to vectors
  kNormalise,  // RMS norm, layer norm
  kMultiply,   // by the weights: where most of the time goes
  kConvolve,
  kAttend,    // rotary positions, KV cache, attention
  kActivate,  // SiLU, GELU, gates, sums
  kCopy,      // between devices, gathers
  kOutput,    // sampling, tokens to text
};

inline constexpr std::array<std::string_view, 10> kStationNames{
    "load", "prepare", "embed", "normalise", "multiply", "convolve", "attend", "activate", "copy", "output"};

constexpr std::string_view name(Station station) {
  return kStationNames[static_cast<size_t>(station)];
}

}  // namespace nagare

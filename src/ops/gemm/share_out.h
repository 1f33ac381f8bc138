// Sharing out the tiles of an output (rows of activations × panels of weights) among threads and caches. Used
// by the drivers; knows nothing of what a tile computes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "runtime/device.h"

namespace nagare::gemm {

struct TileGrid {
  int64_t panels = 0;
  int64_t tiles = 0;           // of rows
  int64_t panels_at_once = 1;  // ranges of panels begin at multiples of it
  int64_t panel_bytes = 0;
  int64_t tile_bytes = 0;  // of activations
};

// Half of the smallest second-level cache of the last ten years' servers, for what is used again and again.
inline constexpr int64_t kCachedBytes = 256 << 10;
// Below this much to read a job is not worth the hand-over to another thread (1-2 µs).
inline constexpr int64_t kSerialBytes = 48 << 10;
// More parts than threads, so that a thread that the system has stopped holds up little.
inline constexpr int kPartsPerThread = 4;

// Calls f(tile, first panel, last panel + 1) for every tile and all panels, on the stream's threads. Within a
// part, groups of tiles that fit into the cache pass over the weights one after the other, and within a
// group, runs of panels that fit stay while the tiles pass over them: weights come from memory once per
// group, activations once per part.
template <class F>
void share_out(const Stream& stream, const TileGrid& grid, const F& f) {
  const bool serial = stream.threads() == 1 || grid.panels * grid.panel_bytes * grid.tiles <= kSerialBytes;
  const int64_t wanted = serial ? 1 : kPartsPerThread * stream.threads();
  const int64_t units = (grid.panels + grid.panels_at_once - 1) / grid.panels_at_once;
  const int64_t ranges = std::min(units, wanted);
  const int64_t cuts = std::clamp<int64_t>(wanted / ranges, 1, grid.tiles);
  const int64_t unit_bytes = grid.panel_bytes * grid.panels_at_once;
  const int64_t run = std::max<int64_t>(1, kCachedBytes / unit_bytes) * grid.panels_at_once;
  const int64_t group = std::max<int64_t>(4, kCachedBytes / grid.tile_bytes);
  stream.parallel_for(static_cast<int>(ranges * cuts), [&](int part) {
    const Range panels = split_range(grid.panels, grid.panels_at_once, static_cast<int>(ranges),
                                     static_cast<int>(part % ranges));
    const Range tiles = split_range(grid.tiles, 1, static_cast<int>(cuts), static_cast<int>(part / ranges));
    for (int64_t first = tiles.begin; first < tiles.end; first += group) {
      for (int64_t panel = panels.begin; panel < panels.end; panel += run) {
        for (int64_t tile = first; tile < std::min(tiles.end, first + group); ++tile) {
          f(tile, panel, std::min(panels.end, panel + run));
        }
      }
    }
  });
}

}  // namespace nagare::gemm

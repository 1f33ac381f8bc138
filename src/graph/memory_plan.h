// Where every activation lies in one arena: values whose lifetimes do not overlap share memory.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"

namespace nagare {

// The most rows that a step may have, per symbol.
using RowLimits = std::array<int64_t, kSymbolCount>;

// The storage of one activation: its first element at `offset_bytes`, rows `stride` float32 elements apart.
struct Placement {
  int64_t offset_bytes = -1;  // -1: the value has no storage in the arena
  int64_t stride = 0;
};

struct MemoryPlan {
  int64_t arena_bytes = 0;
  std::vector<Placement> placements;  // by ValueId
};

// Plans by lifetime: a value lives from the node that makes it to the last that reads it; the largest are
// placed first, each at the lowest offset that is free over its whole life. A rotation (rope) works in place:
// its result is the input's storage, and an error names any node that would still read the unrotated columns.
Result<MemoryPlan> plan_memory(const Graph& graph, const RowLimits& limits);

}  // namespace nagare

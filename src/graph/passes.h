// Rewrites that keep what a graph computes. Each pass is one file; optimise() runs them in order.
#pragma once

#include "graph/graph.h"

namespace nagare {

// Drops nodes whose output nobody reads.
void remove_dead_nodes(Graph& graph);

// Rows for which no output is wanted are dropped as soon as no other row needs them: what the last layer does
// behind its attention is computed for the gathered rows only.
void gather_early(Graph& graph);

// add(linear(x), r) becomes linear(x) + r in one node, where nobody else reads the product.
void fuse_residuals(Graph& graph);

// Multiplications of the same input by weights of the same dtype become one, their readers take column
// ranges: Q, K and V; gate and up. The input is then prepared once and the threads are synchronised once.
void merge_linears(Graph& graph);

// Rotations of neighbouring column ranges of one value become one call.
void merge_ropes(Graph& graph);

void optimise(Graph& graph);

}  // namespace nagare

#include "graph/passes.h"

#include <algorithm>

namespace nagare {

void remove_dead_nodes(Graph& graph) {
  std::vector<bool> read(graph.values().size(), false);
  if (graph.output() != kNoValue) read[static_cast<size_t>(graph.output())] = true;
  auto& nodes = graph.mutable_nodes();
  std::vector<Node> kept;
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    if (!read[static_cast<size_t>(node->output)]) continue;
    for (const Operand& input : node->inputs) {
      if (input.present()) read[static_cast<size_t>(input.value)] = true;
    }
    kept.push_back(std::move(*node));
  }
  std::reverse(kept.begin(), kept.end());
  nodes = std::move(kept);
}

namespace {

// Does `second` rotate the columns that follow those of `first`?
bool follows(const Node& first, const Node& second) {
  const auto* a = std::get_if<RopeNode>(&first.attributes);
  const auto* b = std::get_if<RopeNode>(&second.attributes);
  if (a == nullptr || b == nullptr) return false;
  const Operand& x = first.inputs[0];
  const Operand& y = second.inputs[0];
  return x.value == y.value && x.width != 0 && y.width != 0 && x.column + x.width == y.column &&
         first.inputs[1].value == second.inputs[1].value && a->kind == b->kind &&
         a->head_dim == b->head_dim && a->dims == b->dims;
}

}  // namespace

void merge_ropes(Graph& graph) {
  auto& nodes = graph.mutable_nodes();
  for (size_t i = 0; i + 1 < nodes.size(); ++i) {
    if (!follows(nodes[i], nodes[i + 1])) continue;
    const Node second = nodes[i + 1];
    Node& first = nodes[i];
    const int64_t first_width = first.inputs[0].width;
    first.inputs[0].width += second.inputs[0].width;
    std::get<RopeNode>(first.attributes).heads += std::get<RopeNode>(second.attributes).heads;
    graph.mutable_values()[static_cast<size_t>(first.output)].width = first.inputs[0].width;
    nodes.erase(nodes.begin() + static_cast<int64_t>(i) + 1);
    const ValueId merged = nodes[i].output;
    for (Node& node : nodes) {
      for (Operand& input : node.inputs) {
        if (input.value == merged && input.width == 0) input.width = first_width;
        if (input.value != second.output) continue;
        input = Operand(merged, first_width + input.column,
                        input.width == 0 ? second.inputs[0].width : input.width);
      }
    }
  }
}

void optimise(Graph& graph) {
  remove_dead_nodes(graph);
  gather_early(graph);
  fuse_residuals(graph);
  merge_linears(graph);
  merge_ropes(graph);
}

}  // namespace nagare

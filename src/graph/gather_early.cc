#include <algorithm>

#include "graph/passes.h"

namespace nagare {
namespace {

// Does every row of the output depend on the same row of the inputs alone?
bool works_row_by_row(const Node& node) {
  return std::holds_alternative<NormNode>(node.attributes) ||
         std::holds_alternative<LinearNode>(node.attributes) ||
         std::holds_alternative<ActivationNode>(node.attributes) ||
         std::holds_alternative<ElementwiseNode>(node.attributes) ||
         std::holds_alternative<RouteNode>(node.attributes) ||
         std::holds_alternative<ExpertLinearNode>(node.attributes) ||
         std::holds_alternative<CombineNode>(node.attributes);
}

bool is_gather(const Node& node) {
  return std::holds_alternative<GatherRowsNode>(node.attributes);
}

// The nodes before `gather` that nobody needs but it: their rows may be as few as its own.
std::vector<bool> nodes_for(const Graph& graph, size_t gather) {
  const std::vector<Node>& nodes = graph.nodes();
  std::vector<bool> taken(nodes.size(), false);
  taken[gather] = true;
  for (size_t i = gather; i-- > 0;) {
    if (!works_row_by_row(nodes[i]) || nodes[i].output == graph.output()) continue;
    bool wanted = false;
    bool only_here = true;
    for (size_t j = i + 1; j < nodes.size(); ++j) {
      for (const Operand& input : nodes[j].inputs) {
        if (input.value != nodes[i].output) continue;
        wanted = true;
        only_here = only_here && taken[j];
      }
    }
    taken[i] = wanted && only_here;
  }
  return taken;
}

class Rewriter {
 public:
  Rewriter(Graph& graph, size_t gather, std::vector<bool> taken)
      : graph_(graph), gather_(graph.nodes()[gather]), taken_(std::move(taken)) {}

  std::vector<Node> rewrite() {
    std::vector<Node> out;
    out.reserve(graph_.nodes().size() + 4);
    const std::vector<Node> nodes = graph_.nodes();
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i].output == gather_.output) continue;
      Node node = nodes[i];
      for (Operand& input : node.inputs) {
        if (taken_[i]) input = gathered(input, out);
        // Whoever read what was gathered reads what was computed of the gathered rows.
        if (input.value == gather_.output) input.value = gather_.inputs[0].value;
      }
      if (taken_[i]) graph_.mutable_values()[static_cast<size_t>(node.output)].rows = Symbol::kOutputs;
      out.push_back(std::move(node));
    }
    return out;
  }

 private:
  // The wanted rows of an operand; adds the node that fetches them, once for each value.
  Operand gathered(Operand operand, std::vector<Node>& out) {
    if (!operand.present()) return operand;
    const Value value = graph_.value(operand.value);
    if (value.kind != ValueKind::kActivation || value.rows == Symbol::kOutputs) return operand;
    const auto known = std::find_if(fetched_.begin(), fetched_.end(),
                                    [&](const auto& pair) { return pair.first == operand.value; });
    if (known != fetched_.end()) {
      operand.value = known->second;
      return operand;
    }
    graph_.mutable_values().push_back({.name = gather_.name + "." + value.name,
                                       .kind = ValueKind::kActivation,
                                       .rows = Symbol::kOutputs,
                                       .width = value.width});
    const auto rows = static_cast<ValueId>(graph_.values().size() - 1);
    out.push_back({graph_.value(rows).name, GatherRowsNode{}, {operand.value, gather_.inputs[1]}, rows});
    fetched_.emplace_back(operand.value, rows);
    operand.value = rows;
    return operand;
  }

  Graph& graph_;
  Node gather_;
  std::vector<bool> taken_;
  std::vector<std::pair<ValueId, ValueId>> fetched_;
};

}  // namespace

void gather_early(Graph& graph) {
  const std::vector<Node>& nodes = graph.nodes();
  if (std::count_if(nodes.begin(), nodes.end(), is_gather) != 1) return;
  const auto gather =
      static_cast<size_t>(std::find_if(nodes.begin(), nodes.end(), is_gather) - nodes.begin());
  std::vector<bool> taken = nodes_for(graph, gather);
  const Operand& x = nodes[gather].inputs[0];
  const auto producer =
      std::find_if(nodes.begin(), nodes.end(), [&](const Node& node) { return node.output == x.value; });
  // A gather of some columns stays: its readers count from its first.
  if (producer == nodes.end() || !taken[static_cast<size_t>(producer - nodes.begin())] || x.width != 0)
    return;
  const ValueId computed = x.value;
  const ValueId gathered = nodes[gather].output;
  graph.mutable_nodes() = Rewriter(graph, gather, std::move(taken)).rewrite();
  if (graph.output() == gathered) graph.set_output(computed);
}

}  // namespace nagare

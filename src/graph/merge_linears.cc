#include <algorithm>

#include "graph/passes.h"

namespace nagare {
namespace {

bool is_plain_linear(const Node& node) {
  return std::holds_alternative<LinearNode>(node.attributes) && !node.inputs[3].present();
}

bool same_operand(const Operand& a, const Operand& b) {
  return a.value == b.value && a.column == b.column && a.width == b.width;
}

bool can_merge(const Graph& graph, const Node& first, const Node& other) {
  if (!is_plain_linear(first) || !is_plain_linear(other)) return false;
  if (!same_operand(first.inputs[0], other.inputs[0])) return false;
  if (first.inputs[2].present() != other.inputs[2].present()) return false;
  return graph.value(first.inputs[1].value).parts[0].dtype ==
         graph.value(other.inputs[1].value).parts[0].dtype;
}

// A constant that stacks the constants of the given inputs.
ValueId stack_constants(Graph& graph, const std::vector<Node>& group, size_t input, bool one_row) {
  Value stacked{.name = graph.value(group[0].inputs[input].value).name, .kind = ValueKind::kConstant};
  for (const Node& node : group) {
    const Value& part = graph.value(node.inputs[input].value);
    stacked.parts.insert(stacked.parts.end(), part.parts.begin(), part.parts.end());
    stacked.constant_rows += part.constant_rows;
    stacked.width = one_row ? stacked.width + part.width : part.width;
  }
  if (group.size() > 1) stacked.name += fmt::format("+{}", group.size() - 1);
  if (one_row) stacked.constant_rows = 1;
  graph.mutable_values().push_back(std::move(stacked));
  return static_cast<ValueId>(graph.values().size() - 1);
}

void redirect(Graph& graph, ValueId from, ValueId to, int64_t column) {
  const int64_t width = graph.value(from).width;
  for (Node& node : graph.mutable_nodes()) {
    for (Operand& input : node.inputs) {
      if (input.value != from) continue;
      input = Operand(to, column + input.column, input.width == 0 ? width : input.width);
    }
  }
}

// "blk.0.attn_q" and "blk.0.attn_k" are shown as "blk.0.attn_q+k": the part after the last common '_'.
std::string merged_name(const std::vector<Node>& group) {
  std::string name = group[0].name;
  for (size_t i = 1; i < group.size(); ++i) {
    const std::string& other = group[i].name;
    size_t common = 0;
    while (common < other.size() && common < group[0].name.size() && other[common] == group[0].name[common])
      ++common;
    name += "+" + other.substr(common);
  }
  return name;
}

}  // namespace

void merge_linears(Graph& graph) {
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    std::vector<Node> group{graph.nodes()[i]};
    std::vector<size_t> places{i};
    for (size_t j = i + 1; j < graph.nodes().size(); ++j) {
      if (!can_merge(graph, graph.nodes()[i], graph.nodes()[j]) || graph.nodes()[j].output == graph.output())
        continue;
      group.push_back(graph.nodes()[j]);
      places.push_back(j);
    }
    if (group.size() < 2) continue;
    Node merged{merged_name(group), LinearNode{}, group[0].inputs};
    merged.inputs[1] = stack_constants(graph, group, 1, false);
    if (group[0].inputs[2].present()) merged.inputs[2] = stack_constants(graph, group, 2, true);
    const Value& weights = graph.value(merged.inputs[1].value);
    graph.mutable_values().push_back(Value{.name = merged.name,
                                           .kind = ValueKind::kActivation,
                                           .rows = graph.value(group[0].output).rows,
                                           .width = weights.constant_rows});
    merged.output = static_cast<ValueId>(graph.values().size() - 1);
    int64_t column = 0;
    for (const Node& node : group) {
      redirect(graph, node.output, merged.output, column);
      column += graph.value(node.output).width;
    }
    for (auto place = places.rbegin(); place != places.rend(); ++place) {
      graph.mutable_nodes().erase(graph.mutable_nodes().begin() + static_cast<int64_t>(*place));
    }
    graph.mutable_nodes().insert(graph.mutable_nodes().begin() + static_cast<int64_t>(i), std::move(merged));
  }
}

}  // namespace nagare

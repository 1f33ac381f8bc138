#include <algorithm>

#include "graph/passes.h"

namespace nagare {
namespace {

int64_t count_readers(const Graph& graph, ValueId id) {
  int64_t readers = graph.output() == id ? 1 : 0;
  for (const Node& node : graph.nodes()) {
    readers += std::count_if(node.inputs.begin(), node.inputs.end(),
                             [&](const Operand& o) { return o.value == id; });
  }
  return readers;
}

Node* producer_of(Graph& graph, ValueId id) {
  for (Node& node : graph.mutable_nodes()) {
    if (node.output == id) return &node;
  }
  return nullptr;
}

constexpr size_t kResidualInput = 3;

// May `product` (an operand of an addition) take the other summand in?
bool can_take_residual(const Graph& graph, const Node* product, const Operand& operand) {
  return product != nullptr && std::holds_alternative<LinearNode>(product->attributes) &&
         operand.width == 0 && !product->inputs[kResidualInput].present() &&
         count_readers(graph, operand.value) == 1;
}

}  // namespace

void fuse_residuals(Graph& graph) {
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    Node& sum = graph.mutable_nodes()[i];
    const auto* elementwise = std::get_if<ElementwiseNode>(&sum.attributes);
    if (elementwise == nullptr || elementwise->kind != ElementwiseKind::kAdd) continue;
    for (const size_t side : {size_t{1}, size_t{0}}) {
      const Operand operand = sum.inputs[side];
      const Operand other = sum.inputs[1 - side];
      Node* product = producer_of(graph, operand.value);
      if (!can_take_residual(graph, product, operand)) continue;
      if (graph.value(other.value).kind != ValueKind::kActivation) continue;
      // The sum's place in the order, the product's work: `other` is computed by then.
      Node fused = *product;
      fused.inputs[kResidualInput] = other;
      fused.output = sum.output;
      const auto at = product - graph.nodes().data();
      graph.mutable_nodes()[i] = std::move(fused);
      graph.mutable_nodes().erase(graph.mutable_nodes().begin() + at);
      --i;
      break;
    }
  }
}

}  // namespace nagare

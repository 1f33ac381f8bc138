#include <gtest/gtest.h>

#include "graph/passes.h"

namespace nagare {
namespace {

// Weights that nobody reads: shapes are all that the passes look at.
ValueId weights(Graph& graph, const char* name, int64_t rows, int64_t columns, DType dtype = DType::kF32) {
  return graph.add_constant(name, TensorView{dtype, Shape(rows, columns), nullptr});
}

struct Block {
  Graph graph;
  ValueId x = kNoValue;

  explicit Block(DType v_dtype) {
    const ValueId ids = graph.add_input(ValueKind::kTokenIds, "tokens");
    const ValueId positions = graph.add_input(ValueKind::kPositions, "positions");
    x = graph.embed("embed", ids, weights(graph, "table", 100, 64));
    const ValueId frequencies = graph.add_computed("frequencies", std::vector<double>(8, 1.0));
    const ValueId table = graph.rope_table("rope_table", positions, frequencies, 1);
    ValueId q = graph.linear("attn_q", x, weights(graph, "q", 64, 64));
    ValueId k = graph.linear("attn_k", x, weights(graph, "k", 32, 64));
    const ValueId v = graph.linear("attn_v", x, weights(graph, "v", 32, 64, v_dtype));
    q = graph.rope("rope_q", q, table, {RopeKind::kHalves, 4, 16, 16});
    k = graph.rope("rope_k", k, table, {RopeKind::kHalves, 2, 16, 16});
    const ValueId mixed =
        graph.attention("attn", q, k, v, {.heads = 4, .kv_heads = 2, .head_dim = 16, .value_dim = 16});
    const ValueId out = graph.linear("attn_output", mixed, weights(graph, "o", 64, 64));
    x = graph.add("attn_add", x, out);
    graph.set_output(x);
  }
};

int64_t count(const Graph& graph, std::string_view op) {
  int64_t found = 0;
  for (const Node& node : graph.nodes()) found += op_name(node.attributes) == op ? 1 : 0;
  return found;
}

const Node& find(const Graph& graph, std::string_view op) {
  for (const Node& node : graph.nodes()) {
    if (op_name(node.attributes) == op) return node;
  }
  static const Node kNone;
  return kNone;
}

TEST(Passes, QkvBecomesOneMultiplicationAndOneRotation) {
  Block block(DType::kF32);
  ASSERT_TRUE(block.graph.status()) << block.graph.status().error().message;
  optimise(block.graph);
  EXPECT_EQ(count(block.graph, "gemm"), 2) << block.graph.print();
  EXPECT_EQ(count(block.graph, "rope"), 1);
  EXPECT_EQ(std::get<RopeNode>(find(block.graph, "rope").attributes).heads, 6);
  const Node& attention = find(block.graph, "attention");
  EXPECT_EQ(attention.inputs[0].value, attention.inputs[1].value);
  EXPECT_EQ(attention.inputs[1].column, 64);
  EXPECT_EQ(attention.inputs[1].width, 32);
  EXPECT_EQ(attention.inputs[2].column, 96);
}

TEST(Passes, WeightsOfAnotherTypeStayApart) {
  Block block(DType::kF16);
  optimise(block.graph);
  EXPECT_EQ(count(block.graph, "gemm"), 3) << block.graph.print();
  EXPECT_EQ(find(block.graph, "attention").inputs[2].width, 0);
}

TEST(Passes, TheResidualGoesIntoTheMultiplication) {
  Block block(DType::kF32);
  optimise(block.graph);
  EXPECT_EQ(count(block.graph, "elementwise"), 0);
  const Node& last = block.graph.nodes().back();
  EXPECT_EQ(last.name, "attn_output");
  EXPECT_TRUE(last.inputs[3].present());
  EXPECT_EQ(last.output, block.graph.output());
}

TEST(Passes, AProductThatOthersReadKeepsItsAddition) {
  Graph graph;
  const ValueId ids = graph.add_input(ValueKind::kTokenIds, "tokens");
  const ValueId x = graph.embed("embed", ids, weights(graph, "table", 10, 8));
  const ValueId y = graph.linear("y", x, weights(graph, "w", 8, 8));
  const ValueId sum = graph.add("sum", x, y);
  graph.set_output(graph.add("twice", sum, y));
  optimise(graph);
  EXPECT_EQ(count(graph, "elementwise"), 2) << graph.print();
}

TEST(Passes, WhatNobodyWantsOfTheLastLayerIsNotComputed) {
  Block block(DType::kF32);
  Graph& graph = block.graph;
  const ValueId wanted = graph.add_input(ValueKind::kOutputRows, "wanted");
  const ValueId normed = graph.norm("ffn_norm", block.x, kNoValue, kNoValue, {NormKind::kRms, 1, 1e-5f});
  const ValueId up = graph.linear("ffn_up", normed, weights(graph, "up", 128, 64));
  const ValueId active = graph.activation("ffn_act", ActivationKind::kGeluTanh, up);
  const ValueId sum =
      graph.add("ffn_add", block.x, graph.linear("down", active, weights(graph, "d", 64, 128)));
  const ValueId rows = graph.gather_rows("rows", sum, wanted);
  graph.set_output(graph.linear("output", rows, weights(graph, "head", 100, 64)));
  optimise(graph);
  // The attention's result and the residual stream are fetched; all that follows has the wanted rows only.
  EXPECT_EQ(count(graph, "gather"), 2) << graph.print();
  bool attended = false;
  for (const Node& node : graph.nodes()) {
    const bool after = attended;
    attended = attended || op_name(node.attributes) == "attention";
    EXPECT_EQ(graph.value(node.output).rows, after ? Symbol::kOutputs : Symbol::kTokens) << node.name;
  }
}

TEST(Passes, AnOutputThatIsGatheredIsComputedOfTheWantedRows) {
  Block block(DType::kF32);
  Graph& graph = block.graph;
  const ValueId wanted = graph.add_input(ValueKind::kOutputRows, "wanted");
  const ValueId normed = graph.norm("last_norm", block.x, kNoValue, kNoValue, {NormKind::kRms, 1, 1e-5f});
  graph.set_output(graph.gather_rows("rows", normed, wanted));
  gather_early(graph);
  EXPECT_EQ(graph.nodes().back().name, "last_norm") << graph.print();
  EXPECT_EQ(graph.output(), graph.nodes().back().output);
  EXPECT_EQ(graph.value(graph.output()).rows, Symbol::kOutputs);
}

TEST(Passes, RowsThatOthersReadStayAsTheyAre) {
  Block block(DType::kF32);
  Graph& graph = block.graph;
  const ValueId wanted = graph.add_input(ValueKind::kOutputRows, "wanted");
  const ValueId rows = graph.gather_rows("rows", block.x, wanted);
  // Another layer reads the same stream: nothing before the gather may shrink.
  const ValueId k = graph.linear("next_k", block.x, weights(graph, "k2", 32, 64));
  const ValueId q = graph.linear("next_q", block.x, weights(graph, "q2", 64, 64));
  const ValueId mixed = graph.attention(
      "next", q, k, k, {.layer = 1, .heads = 4, .kv_heads = 2, .head_dim = 16, .value_dim = 16});
  graph.set_output(graph.add("sum", graph.gather_rows("more", mixed, wanted), rows));
  gather_early(graph);
  EXPECT_EQ(count(graph, "gather"), 2) << graph.print();
  EXPECT_EQ(graph.value(block.x).rows, Symbol::kTokens);
}

TEST(Passes, DeadNodesGo) {
  Block block(DType::kF32);
  block.graph.linear("unused", block.x, weights(block.graph, "u", 8, 64));
  remove_dead_nodes(block.graph);
  for (const Node& node : block.graph.nodes()) EXPECT_NE(node.name, "unused");
}

TEST(Graph, ShapeErrorsStickAndNameTheNode) {
  Graph graph;
  const ValueId ids = graph.add_input(ValueKind::kTokenIds, "tokens");
  const ValueId x = graph.embed("embed", ids, weights(graph, "table", 10, 8));
  graph.linear("blk.0.attn_q", x, weights(graph, "w", 8, 9));
  ASSERT_FALSE(graph.status());
  EXPECT_NE(graph.status().error().message.find("blk.0.attn_q"), std::string::npos);
}

}  // namespace
}  // namespace nagare

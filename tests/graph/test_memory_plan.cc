#include <gtest/gtest.h>

#include <random>

#include "graph/memory_plan.h"

namespace nagare {
namespace {

ValueId weights(Graph& graph, int64_t rows, int64_t columns) {
  return graph.add_constant("w", TensorView{DType::kF32, Shape(rows, columns), nullptr});
}

// Every pair of values that are alive together must not overlap.
void expect_sound(const Graph& graph, const MemoryPlan& plan, const RowLimits& limits) {
  struct Use {
    int64_t first = -1, last = -1;
  };
  std::vector<Use> uses(graph.values().size());
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    uses[static_cast<size_t>(graph.nodes()[i].output)] = {at, at};
    for (const Operand& input : graph.nodes()[i].inputs) {
      if (input.present()) uses[static_cast<size_t>(input.value)].last = at;
    }
  }
  uses[static_cast<size_t>(graph.output())].last = static_cast<int64_t>(graph.nodes().size());
  const auto bytes = [&](size_t id) {
    const Value& value = graph.values()[id];
    return limits[static_cast<size_t>(value.rows)] * value.width * 4;
  };
  for (size_t a = 0; a < uses.size(); ++a) {
    for (size_t b = a + 1; b < uses.size(); ++b) {
      const Placement& p = plan.placements[a];
      const Placement& q = plan.placements[b];
      if (uses[a].first < 0 || uses[b].first < 0) continue;
      if (uses[a].first > uses[b].last || uses[b].first > uses[a].last) continue;
      EXPECT_TRUE(p.offset_bytes + bytes(a) <= q.offset_bytes || q.offset_bytes + bytes(b) <= p.offset_bytes)
          << a << " and " << b;
    }
  }
}

TEST(MemoryPlan, RandomGraphsNeverOverlap) {
  std::mt19937 engine(5);
  for (int round = 0; round < 40; ++round) {
    Graph graph;
    const ValueId ids = graph.add_input(ValueKind::kTokenIds, "tokens");
    std::vector<ValueId> values{graph.embed("embed", ids, weights(graph, 10, 24))};
    const size_t nodes = 3 + engine() % 30;
    for (size_t i = 0; i < nodes; ++i) {
      const ValueId x = values[engine() % values.size()];
      values.push_back(graph.linear("n", x, weights(graph, 1 + engine() % 100, graph.value(x).width)));
    }
    graph.set_output(values.back());
    const RowLimits limits{1 + static_cast<int64_t>(engine() % 70), 3};
    const auto plan = plan_memory(graph, limits);
    ASSERT_TRUE(plan);
    expect_sound(graph, *plan, limits);
  }
}

TEST(MemoryPlan, AChainNeedsTwoBuffersHoweverLong) {
  Graph graph;
  const ValueId ids = graph.add_input(ValueKind::kTokenIds, "tokens");
  ValueId x = graph.embed("embed", ids, weights(graph, 10, 64));
  for (int i = 0; i < 20; ++i) x = graph.linear("n", x, weights(graph, 64, 64));
  graph.set_output(x);
  EXPECT_EQ(plan_memory(graph, {8, 1})->arena_bytes, 2 * 8 * 64 * 4);
}

TEST(MemoryPlan, ARotationSharesItsInputsStorage) {
  Graph graph;
  const ValueId ids = graph.add_input(ValueKind::kTokenIds, "tokens");
  const ValueId positions = graph.add_input(ValueKind::kPositions, "positions");
  const ValueId table =
      graph.rope_table("table", positions, graph.add_computed("f", std::vector<double>(4, 1.0)), 1);
  const ValueId x = graph.embed("embed", ids, weights(graph, 10, 32));
  const ValueId turned = graph.rope("rope", {x, 8, 16}, table, {RopeKind::kInterleaved, 2, 8, 8});
  graph.set_output(graph.linear("out", turned, weights(graph, 4, 16)));
  const auto plan = plan_memory(graph, {4, 1});
  ASSERT_TRUE(plan);
  const Placement& whole = plan->placements[static_cast<size_t>(x)];
  const Placement& part = plan->placements[static_cast<size_t>(turned)];
  EXPECT_EQ(part.offset_bytes, whole.offset_bytes + 8 * 4);
  EXPECT_EQ(part.stride, 32);
}

TEST(MemoryPlan, ReadingWhatWasRotatedInPlaceIsRefused) {
  Graph graph;
  const ValueId ids = graph.add_input(ValueKind::kTokenIds, "tokens");
  const ValueId positions = graph.add_input(ValueKind::kPositions, "positions");
  const ValueId table =
      graph.rope_table("table", positions, graph.add_computed("f", std::vector<double>(4, 1.0)), 1);
  const ValueId x = graph.embed("embed", ids, weights(graph, 10, 16));
  const ValueId turned = graph.rope("rope", x, table, {RopeKind::kInterleaved, 2, 8, 8});
  graph.set_output(graph.add("sum", turned, x));
  const auto plan = plan_memory(graph, {4, 1});
  ASSERT_FALSE(plan);
  EXPECT_NE(plan.error().message.find("sum"), std::string::npos);
}

}  // namespace
}  // namespace nagare

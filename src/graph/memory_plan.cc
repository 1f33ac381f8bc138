#include "graph/memory_plan.h"

#include <algorithm>
#include <numeric>

#include "base/round_up.h"

namespace nagare {
namespace {

constexpr int64_t kAlignmentBytes = 64;

// A value that has storage of its own, with what shares it.
struct Life {
  int64_t first_node = -1;
  int64_t last_node = -1;
  int64_t bytes = 0;
  int64_t offset = -1;
};

// Whose storage a value uses, and from which column.
struct Root {
  ValueId value = kNoValue;
  int64_t column = 0;
};

bool overlap_in_time(const Life& a, const Life& b) {
  return a.first_node <= b.last_node && b.first_node <= a.last_node;
}

// A rotation in place must be the last to read the columns it changes.
Status check_in_place(const Graph& graph, size_t rope_index) {
  const Operand& x = graph.nodes()[rope_index].inputs[0];
  const int64_t begin = x.column;
  const int64_t end = x.column + graph.width_of(x);
  for (size_t j = rope_index + 1; j < graph.nodes().size(); ++j) {
    for (const Operand& input : graph.nodes()[j].inputs) {
      if (input.value != x.value) continue;
      if (input.column < end && begin < input.column + graph.width_of(input)) {
        return failure("graph: {} reads what {} has rotated in place", graph.nodes()[j].name,
                       graph.nodes()[rope_index].name);
      }
    }
  }
  return {};
}

std::vector<Root> find_roots(const Graph& graph) {
  std::vector<Root> roots(graph.values().size());
  for (size_t id = 0; id < roots.size(); ++id) roots[id] = {static_cast<ValueId>(id), 0};
  for (const Node& node : graph.nodes()) {
    if (!std::holds_alternative<RopeNode>(node.attributes)) continue;
    const Operand& x = node.inputs[0];
    const Root& source = roots[static_cast<size_t>(x.value)];
    roots[static_cast<size_t>(node.output)] = {source.value, source.column + x.column};
  }
  return roots;
}

std::vector<Life> find_lives(const Graph& graph, const std::vector<Root>& roots, const RowLimits& limits) {
  std::vector<Life> lives(graph.values().size());
  const auto touch = [&](ValueId id, int64_t node) {
    const Root& root = roots[static_cast<size_t>(id)];
    const Value& value = graph.value(root.value);
    if (value.kind != ValueKind::kActivation) return;
    Life& life = lives[static_cast<size_t>(root.value)];
    if (life.first_node < 0) life.first_node = node;
    life.last_node = std::max(life.last_node, node);
    const int64_t bytes =
        limits[static_cast<size_t>(value.rows)] * value.width * static_cast<int64_t>(sizeof(float));
    life.bytes = round_up(bytes, kAlignmentBytes);
  };
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    const Node& node = graph.nodes()[i];
    touch(node.output, static_cast<int64_t>(i));
    for (const Operand& input : node.inputs) {
      if (input.present()) touch(input.value, static_cast<int64_t>(i));
    }
  }
  // The result is read after the last node.
  if (graph.output() != kNoValue) touch(graph.output(), static_cast<int64_t>(graph.nodes().size()));
  return lives;
}

// The lowest offset at which `life` meets none of `placed` that live at the same time.
int64_t lowest_free_offset(const Life& life, const std::vector<const Life*>& placed) {
  std::vector<const Life*> neighbours;
  for (const Life* other : placed) {
    if (overlap_in_time(life, *other)) neighbours.push_back(other);
  }
  std::sort(neighbours.begin(), neighbours.end(), [](auto* a, auto* b) { return a->offset < b->offset; });
  int64_t offset = 0;
  for (const Life* other : neighbours) {
    if (offset + life.bytes <= other->offset) break;
    offset = std::max(offset, other->offset + other->bytes);
  }
  return offset;
}

}  // namespace

Result<MemoryPlan> plan_memory(const Graph& graph, const RowLimits& limits) {
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    if (std::holds_alternative<RopeNode>(graph.nodes()[i].attributes))
      RETURN_IF_ERROR(check_in_place(graph, i));
  }
  const std::vector<Root> roots = find_roots(graph);
  std::vector<Life> lives = find_lives(graph, roots, limits);
  std::vector<size_t> order(lives.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return lives[a].bytes > lives[b].bytes; });
  MemoryPlan plan;
  std::vector<const Life*> placed;
  for (const size_t id : order) {
    Life& life = lives[id];
    if (life.first_node < 0) continue;
    life.offset = lowest_free_offset(life, placed);
    plan.arena_bytes = std::max(plan.arena_bytes, life.offset + life.bytes);
    placed.push_back(&life);
  }
  plan.placements.resize(graph.values().size());
  for (size_t id = 0; id < graph.values().size(); ++id) {
    const Root& root = roots[id];
    const Life& life = lives[static_cast<size_t>(root.value)];
    if (life.offset < 0) continue;
    plan.placements[id] = {.offset_bytes = life.offset + root.column * static_cast<int64_t>(sizeof(float)),
                           .stride = graph.value(root.value).width};
  }
  return plan;
}

}  // namespace nagare

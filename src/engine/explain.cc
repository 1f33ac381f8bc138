#include "engine/explain.h"

#include <algorithm>

namespace nagare {
namespace {

// "blk.12.attn_q" → "blk.*.attn_q": what the layers have in common.
std::string collapsed_name(const std::string& name) {
  if (!name.starts_with("blk.")) return name;
  const size_t digits = 4;
  const size_t dot = name.find('.', digits);
  return dot == std::string::npos ? name : "blk.*" + name.substr(dot);
}

bool same(const ExplainedOp& op, const std::string& name, const BoundNode& node) {
  return op.name == name && op.problem == node.problem && op.choice.solver == node.choice.solver;
}

}  // namespace

Result<std::vector<ExplainedOp>> explain(Executor& executor, int64_t tokens, int64_t outputs) {
  ASSIGN_OR_RETURN(const std::vector<BoundNode> nodes, executor.sketch(tokens, outputs));
  std::vector<ExplainedOp> ops;
  for (const BoundNode& node : nodes) {
    const std::string name = collapsed_name(node.name);
    const auto known =
        std::find_if(ops.begin(), ops.end(), [&](const auto& op) { return same(op, name, node); });
    if (known != ops.end()) {
      ++known->repeats;
      continue;
    }
    ops.push_back({.name = name,
                   .repeats = 1,
                   .station = node.station,
                   .problem = node.problem,
                   .choice = node.choice,
                   .work = node.work});
  }
  // A name that stands for one layer only keeps its number.
  for (ExplainedOp& op : ops) {
    if (op.repeats > 1) continue;
    for (const BoundNode& node : nodes) {
      if (collapsed_name(node.name) == op.name && node.problem == op.problem) op.name = node.name;
    }
  }
  return ops;
}

}  // namespace nagare

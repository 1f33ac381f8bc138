// A graph bound for one shape signature: a flat list of calls with every address, solver and weight decided.
#pragma once

#include <memory>
#include <vector>

#include "graph/bind.h"
#include "trace/tracer.h"

namespace nagare {

class Plan {
 public:
  // Binds every node in order. The arena must hold the memory plan made for `context.limits`.
  static Result<std::unique_ptr<Plan>> bind(BindContext& context, Tracer& tracer);

  // Runs the calls in order. Allocates nothing; with the tracer on, records one event per call.
  void run(const StepContext& context) const;

  const std::vector<BoundNode>& nodes() const { return nodes_; }
  int64_t workspace_bytes() const { return workspace_bytes_; }
  const float* output() const { return output_; }

 private:
  explicit Plan(Tracer& tracer) : tracer_(tracer) {}
  void run_traced(const StepContext& context) const;

  Tracer& tracer_;
  std::vector<BoundNode> nodes_;
  std::vector<LabelId> labels_;
  const float* output_ = nullptr;
  int64_t workspace_bytes_ = 0;
};

}  // namespace nagare

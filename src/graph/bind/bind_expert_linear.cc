// Multiplying rows by the weights of the experts they were routed to: the rows of one expert are brought
// together and multiplied by the gemm kernel that was chosen for so many rows, expert after expert. The bits
// of a row do not depend on the others, since a gemm kernel's do not.
#include <bit>
#include <cstring>

#include "base/round_up.h"
#include "graph/bind.h"

namespace nagare {
namespace {

constexpr int64_t kAlignmentBytes = 64;

int64_t aligned(int64_t bytes) {
  return round_up(bytes, kAlignmentBytes);
}

// One expert of one row.
struct Slot {
  int32_t row;
  int32_t place;  // which of the row's experts
};

// Where everything lies; the workspace behind the kernel's own.
struct Layout {
  int64_t kernel_bytes = 0;  // of the gemm kernel
  int64_t inputs = 0;        // offset of [rows, k] floats
  int64_t outputs = 0;       // of [rows, matrices · n] floats
  int64_t slots = 0;         // of [rows · used] slots, by expert
  int64_t begins = 0;        // of [experts + 1] numbers: the first slot of each expert
  int64_t end = 0;
};

class ExpertCall final : public BoundCall {
 public:
  struct Shape {
    int64_t experts, used, matrices, n, k;
    bool own_inputs;
    Symbol symbol;
  };

  ExpertCall(const Shape& shape, std::shared_ptr<const GemmKernel> kernel, ExpertWeights weights,
             int64_t max_rows, int threads)
      : s_(shape), kernel_(std::move(kernel)), weights_(weights) {
    // A row goes to an expert at most once, so an expert has at most max_rows rows.
    const auto floats = static_cast<int64_t>(sizeof(float));
    layout_.kernel_bytes = kernel_->workspace_bytes(max_rows, threads);
    layout_.inputs = aligned(layout_.kernel_bytes);
    layout_.outputs = layout_.inputs + aligned(max_rows * s_.k * floats);
    layout_.slots = layout_.outputs + aligned(max_rows * s_.matrices * s_.n * floats);
    layout_.begins = layout_.slots + aligned(max_rows * s_.used * static_cast<int64_t>(sizeof(Slot)));
    layout_.end = layout_.begins + aligned((s_.experts + 1) * static_cast<int64_t>(sizeof(int32_t)));
  }

  const float* x = nullptr;
  int64_t x_stride = 0;
  const float* routes = nullptr;
  int64_t routes_stride = 0;
  float* dst = nullptr;
  int64_t dst_stride = 0;

  int64_t workspace_bytes() const { return layout_.end; }

  void run(const StepContext& step) override {
    sort_by_expert(step);
    const auto* begins = reinterpret_cast<const int32_t*>(step.workspace + layout_.begins);
    const auto* slots = reinterpret_cast<const Slot*>(step.workspace + layout_.slots);
    for (int64_t expert = 0; expert < s_.experts; ++expert) {
      const std::span mine(slots + begins[expert], slots + begins[expert + 1]);
      if (!mine.empty()) multiply(step, expert, mine);
    }
  }

 private:
  // A counting sort: the slots of expert 0 in the order of the rows, then those of expert 1, …
  void sort_by_expert(const StepContext& step) const {
    const int64_t rows = step.rows[static_cast<size_t>(s_.symbol)];
    auto* begins = reinterpret_cast<int32_t*>(step.workspace + layout_.begins);
    auto* slots = reinterpret_cast<Slot*>(step.workspace + layout_.slots);
    std::fill_n(begins, s_.experts + 1, 0);
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t place = 0; place < s_.used; ++place) ++begins[expert_of(row, place)];
    }
    int32_t end = 0;
    for (int64_t expert = 0; expert <= s_.experts; ++expert) begins[expert] = end += begins[expert];
    // From behind, so that each count ends as the beginning of its expert's slots.
    for (int64_t row = rows - 1; row >= 0; --row) {
      for (int64_t place = s_.used - 1; place >= 0; --place) {
        slots[--begins[expert_of(row, place)]] = {static_cast<int32_t>(row), static_cast<int32_t>(place)};
      }
    }
  }
  int64_t expert_of(int64_t row, int64_t place) const {
    return static_cast<int64_t>(routes[row * routes_stride + place]);
  }

  const float* input_of(const Slot& slot) const {
    return x + slot.row * x_stride + (s_.own_inputs ? slot.place * s_.k : 0);
  }
  float* output_of(const Slot& slot, int64_t matrix) const {
    return dst + slot.row * dst_stride + (matrix * s_.used + slot.place) * s_.n;
  }

  void multiply(const StepContext& step, int64_t expert, std::span<const Slot> slots) const {
    auto* inputs = reinterpret_cast<float*>(step.workspace + layout_.inputs);
    auto* outputs = reinterpret_cast<float*>(step.workspace + layout_.outputs);
    const bool one_row = slots.size() == 1;
    const bool in_place = one_row && s_.matrices == 1;
    if (!one_row)
      copy(step, slots, s_.k, [&](int64_t i) {
        std::memcpy(inputs + i * s_.k, input_of(slots[static_cast<size_t>(i)]), bytes(s_.k));
      });
    kernel_->run(*step.stream, {.a = one_row ? input_of(slots[0]) : inputs,
                                .a_stride = s_.k,
                                .b = weights_.data + expert * weights_.stride_bytes,
                                .c = in_place ? output_of(slots[0], 0) : outputs,
                                .c_stride = s_.matrices * s_.n,
                                .rows = static_cast<int64_t>(slots.size()),
                                .workspace = step.workspace});
    if (!in_place)
      copy(step, slots, s_.matrices * s_.n, [&](int64_t i) {
        for (int64_t matrix = 0; matrix < s_.matrices; ++matrix) {
          std::memcpy(output_of(slots[static_cast<size_t>(i)], matrix),
                      outputs + (i * s_.matrices + matrix) * s_.n, bytes(s_.n));
        }
      });
  }
  static size_t bytes(int64_t elements) { return static_cast<size_t>(elements) * sizeof(float); }

  // f(i) for every slot, shared out where there is enough to copy for the hand-over.
  template <class F>
  static void copy(const StepContext& step, std::span<const Slot> slots, int64_t width, const F& f) {
    constexpr int64_t kElementsWorthAThread = 16384;
    const auto count = static_cast<int64_t>(slots.size());
    const int parts = count * width < kElementsWorthAThread ? 1 : step.stream->threads();
    step.stream->parallel_for(parts, [&](int part) {
      const Range range = split_range(count, 1, parts, part);
      for (int64_t i = range.begin; i < range.end; ++i) f(i);
    });
  }

  Shape s_;
  std::shared_ptr<const GemmKernel> kernel_;
  ExpertWeights weights_;
  Layout layout_;
};

// All rows through all their experts, where the problem line is that of one expert.
void count_work(BoundNode& bound, const GemmProblem& problem, const ExpertLinearNode& a, int64_t rows) {
  const int64_t slots = rows * a.used;
  bound.work.flops = 2 * slots * problem.n * problem.k;
  bound.work.bytes = std::min(slots, a.experts) * row_bytes(problem.b, problem.k) * problem.n +
                     4 * slots * (problem.k + problem.n);
}

}  // namespace

Result<BoundNode> bind_expert_linear(BindContext& context, const Node& node,
                                     const ExpertLinearNode& attributes) {
  const ExpertLinearNode& a = attributes;
  const Symbol symbol = context.graph.value(node.output).rows;
  BoundNode bound{.station = Station::kMultiply, .rows = symbol};
  const Value& weights = context.graph.value(node.inputs[1].value);
  const int64_t rows = context.rows_of(node.output);
  // As many rows as an expert has if all are chosen alike.
  const auto expected = static_cast<uint64_t>(std::max<int64_t>(1, rows * a.used / a.experts));
  const GemmProblem problem{.m = static_cast<int64_t>(std::bit_ceil(expected)),
                            .n = weights.constant_rows / a.experts,
                            .k = weights.width,
                            .b = weights.parts[0].dtype};
  bound.problem_rows = rows;
  RETURN_IF_ERROR(check(problem));
  ASSIGN_OR_RETURN(std::shared_ptr<const GemmKernel> kernel,
                   choose_gemm(context, bound, problem, node.inputs[1].value));
  count_work(bound, problem, a, rows);
  ASSIGN_OR_RETURN(const ExpertWeights packed,
                   context.weights.packed_experts(context.graph, node.inputs[1].value, a.matrices, *kernel,
                                                  context.device.stream()));
  auto call =
      std::make_unique<ExpertCall>(ExpertCall::Shape{a.experts, a.used, a.matrices, problem.n / a.matrices,
                                                     problem.k, a.own_inputs, symbol},
                                   std::move(kernel), packed, rows, context.device.traits().threads);
  call->x = context.address(node.inputs[0]);
  call->x_stride = context.stride(node.inputs[0]);
  call->routes = context.address(node.inputs[2]);
  call->routes_stride = context.stride(node.inputs[2]);
  call->dst = context.address(node.output);
  call->dst_stride = context.stride(node.output);
  context.want_workspace(call->workspace_bytes());
  bound.call = std::move(call);
  return bound;
}

}  // namespace nagare

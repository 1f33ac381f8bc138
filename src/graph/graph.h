// The one intermediate representation of all models: values with symbolic sizes, nodes in execution order,
// constants that point into the mapped file. It names no device and no solver.
//
// A model family builds a Graph with the builder calls below (they check shapes at once), passes.h rewrites
// it, and the executor binds it. Activations are float32 matrices [rows, width], row-major; an operand may be
// a range of columns of a value, so that several multiplications can share one output.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "ops/activation/activation.h"
#include "ops/attention/attention.h"
#include "ops/elementwise/elementwise.h"
#include "ops/moe/route.h"
#include "ops/norm/norm.h"
#include "ops/rope/rope.h"
#include "tensor/tensor_view.h"

namespace nagare {

using ValueId = int32_t;
inline constexpr ValueId kNoValue = -1;

// A number of rows that is known only when a step runs.
enum class Symbol : uint8_t {
  kTokens,   // rows of the batch: one per token of any sequence
  kOutputs,  // rows for which the model's output is wanted
};
inline constexpr int kSymbolCount = 2;

enum class ValueKind : uint8_t {
  kTokenIds,    // int32 [tokens], checked by the caller against the vocabulary
  kTypeIds,     // int32 [tokens]: sentence A or B of an encoder
  kPositions,   // int32 [tokens]
  kOutputRows,  // int32 [outputs]: which rows of the batch go on to the output
  kConstant,    // in the model file
  kActivation,
};

struct Value {
  std::string name;
  ValueKind kind = ValueKind::kActivation;
  Symbol rows = Symbol::kTokens;  // activations and inputs
  int64_t width = 0;              // activations; constants: elements of a row
  int64_t constant_rows = 0;      // constants: rows of all parts together
  std::vector<TensorView> parts;  // constants: matrices stacked along their rows, all of one dtype
};

// Columns [column, column + width) of a value; width 0 means all.
struct Operand {
  ValueId value = kNoValue;
  int64_t column = 0;
  int64_t width = 0;

  Operand() = default;
  Operand(ValueId id)
      : value(id) {}  // NOLINT(google-explicit-constructor): a value is the operand of all its columns
  Operand(ValueId id, int64_t first_column, int64_t columns)
      : value(id), column(first_column), width(columns) {}
  bool present() const { return value != kNoValue; }
};

// What a node does. Inputs in the order given here; optional ones may be absent (kNoValue).
struct EmbedNode {  // ids, table [rows, width]
  float scale = 1;
};
struct NormNode {  // x, weight?, bias?
  NormKind kind = NormKind::kRms;
  int64_t groups = 1;
  float epsilon = 0;
};
struct LinearNode {};   // x, weights [n, k], bias? [n], residual? [rows, n]
struct RopeTableNode {  // positions, inverse frequencies [dims/2]
  int64_t dims = 0;
  float magnitude = 1;
};
struct RopeNode {  // x (rotated in place), table
  RopeKind kind = RopeKind::kInterleaved;
  int64_t heads = 0;
  int64_t head_dim = 0;
  int64_t dims = 0;
};
struct AttentionNode {  // q, k, v, alibi slopes?
  int32_t layer = 0;    // which part of the KV cache
  int64_t heads = 0;
  int64_t kv_heads = 0;
  int64_t head_dim = 0;
  int64_t value_dim = 0;
  int64_t window = 0;  // positions that stay visible; 0: all
  bool causal = true;
  float scale = 0;
  float softcap = 0;  // 0: none
};
struct ActivationNode {  // gate, up?
  ActivationKind kind = ActivationKind::kSilu;
};
struct ElementwiseNode {  // a, b? (a constant b of one row is added to every row)
  ElementwiseKind kind = ElementwiseKind::kAdd;
  float factor = 1;  // of scale and softcap
};
struct RouteNode {  // scores [rows, experts] -> [rows, 2 · used]: the experts' numbers, then their weights
  int64_t experts = 0;
  int64_t used = 0;
  RouteScoring scoring = RouteScoring::kSoftmax;
  bool normalise = false;
  float scale = 1;
};
// x, weights (add_experts), routes. Each row is multiplied by the matrices of its experts: matrix after
// matrix, and for each of them the row's experts in the order of the route. [rows, matrices · used · n]
struct ExpertLinearNode {
  int64_t experts = 0;
  int64_t used = 0;
  int64_t matrices = 1;     // of n rows each, per expert
  bool own_inputs = false;  // x has columns of its own for each of the row's experts
};
struct CombineNode {  // x [rows, used · n], routes -> [rows, n]: the weighted sum over the row's experts
  int64_t used = 0;
};
struct GatherRowsNode {};  // x [tokens, n], output rows -> [outputs, n]

using NodeAttributes =
    std::variant<EmbedNode, NormNode, LinearNode, RopeTableNode, RopeNode, AttentionNode, ActivationNode,
                 ElementwiseNode, GatherRowsNode, RouteNode, ExpertLinearNode, CombineNode>;

struct Node {
  std::string name;  // "blk.3.attn_q"
  NodeAttributes attributes;
  std::vector<Operand> inputs;
  ValueId output = kNoValue;
};

class Graph {
 public:
  ValueId add_input(ValueKind kind, std::string name);
  // A tensor of the model file. The view must outlive the graph.
  ValueId add_constant(std::string name, const TensorView& view);
  // The matrices of all experts, all of one type and shape: those of expert 0, then those of expert 1, …
  ValueId add_experts(std::string name, std::vector<TensorView> matrices);
  // A row of numbers that a model computes (rotary frequencies, slopes); the graph keeps them.
  ValueId add_computed(std::string name, std::vector<double> row);

  ValueId embed(std::string name, ValueId ids, ValueId table, float scale = 1);
  ValueId norm(std::string name, Operand x, ValueId weight, ValueId bias, const NormNode& attributes);
  ValueId linear(std::string name, Operand x, ValueId weights, ValueId bias = kNoValue);
  ValueId rope_table(std::string name, ValueId positions, ValueId inverse_frequencies, float magnitude);
  ValueId rope(std::string name, Operand x, ValueId table, const RopeNode& attributes);
  ValueId attention(std::string name, Operand q, Operand k, Operand v, const AttentionNode& attributes,
                    ValueId alibi_slopes = kNoValue);
  ValueId activation(std::string name, ActivationKind kind, Operand gate, Operand up = {});
  ValueId add(std::string name, Operand a, Operand b);
  // Every row of a times the same row of numbers (a constant; a matrix counts as one row).
  ValueId multiply_by_row(std::string name, Operand a, ValueId row);
  ValueId scale(std::string name, Operand a, float factor);
  ValueId softcap(std::string name, Operand a, float cap);
  ValueId route(std::string name, Operand scores, const RouteNode& attributes);
  ValueId expert_linear(std::string name, Operand x, ValueId weights, ValueId routes,
                        const ExpertLinearNode& attributes);
  ValueId combine(std::string name, Operand x, ValueId routes, int64_t used);
  ValueId gather_rows(std::string name, Operand x, ValueId rows);
  void set_output(ValueId value) { output_ = value; }

  // The first shape error that a builder call met (they go on, so that a model's code stays straight), or
  // success.
  const Status& status() const { return status_; }

  const std::vector<Value>& values() const { return values_; }
  const std::vector<Node>& nodes() const { return nodes_; }
  std::vector<Value>& mutable_values() { return values_; }
  std::vector<Node>& mutable_nodes() { return nodes_; }
  const Value& value(ValueId id) const { return values_[static_cast<size_t>(id)]; }
  ValueId output() const { return output_; }
  int64_t width_of(const Operand& operand) const {
    return operand.width != 0 ? operand.width : value(operand.value).width;
  }
  // One line per node, for people and tests.
  std::string print() const;

 private:
  ValueId add_value(Value value);
  ValueId add_node(Node node, Symbol rows, int64_t width);
  void require(bool condition, const std::string& node, std::string_view what);

  std::vector<Value> values_;
  std::vector<Node> nodes_;
  std::deque<std::vector<double>> computed_;  // a deque: the rows stay where they are
  ValueId output_ = kNoValue;
  Status status_;
};

std::string_view op_name(const NodeAttributes& attributes);

}  // namespace nagare

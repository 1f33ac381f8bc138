#include "graph/graph.h"

#include <algorithm>
#include <array>

namespace nagare {

std::string_view op_name(const NodeAttributes& attributes) {
  static constexpr std::array<std::string_view, std::variant_size_v<NodeAttributes>> kNames{
      "embed",      "norm",        "gemm",   "rope_table", "rope", "attention",
      "activation", "elementwise", "gather", "route",      "gemm", "combine"};
  return kNames[attributes.index()];
}

ValueId Graph::add_value(Value value) {
  values_.push_back(std::move(value));
  return static_cast<ValueId>(values_.size() - 1);
}

ValueId Graph::add_node(Node node, Symbol rows, int64_t width) {
  node.output = add_value({.name = node.name, .kind = ValueKind::kActivation, .rows = rows, .width = width});
  nodes_.push_back(std::move(node));
  return nodes_.back().output;
}

void Graph::require(bool condition, const std::string& node, std::string_view what) {
  if (!condition && status_) status_ = bad_input("model: {}: {}", node, what);
}

ValueId Graph::add_input(ValueKind kind, std::string name) {
  return add_value({.name = std::move(name),
                    .kind = kind,
                    .rows = kind == ValueKind::kOutputRows ? Symbol::kOutputs : Symbol::kTokens,
                    .width = 1});
}

ValueId Graph::add_constant(std::string name, const TensorView& view) {
  return add_value({.name = std::move(name),
                    .kind = ValueKind::kConstant,
                    .width = view.shape.row_elements(),
                    .constant_rows = view.shape.rows(),
                    .parts = {view}});
}

ValueId Graph::add_experts(std::string name, std::vector<TensorView> matrices) {
  Value value{.name = std::move(name), .kind = ValueKind::kConstant, .parts = std::move(matrices)};
  for (const TensorView& part : value.parts) {
    value.width = part.shape.row_elements();
    value.constant_rows += part.shape.rows();
    const bool alike = part.dtype == value.parts[0].dtype && part.shape == value.parts[0].shape;
    require(alike, value.name, "the experts differ in type or shape");
  }
  return add_value(std::move(value));
}

ValueId Graph::add_computed(std::string name, std::vector<double> row) {
  computed_.push_back(std::move(row));
  const std::vector<double>& kept = computed_.back();
  return add_constant(std::move(name), TensorView{DType::kF64, Shape(kept.size()),
                                                  reinterpret_cast<const std::byte*>(kept.data())});
}

ValueId Graph::embed(std::string name, ValueId ids, ValueId table, float scale) {
  const int64_t width = value(table).width;
  return add_node({std::move(name), EmbedNode{scale}, {ids, table}}, value(ids).rows, width);
}

ValueId Graph::norm(std::string name, Operand x, ValueId weight, ValueId bias, const NormNode& attributes) {
  const int64_t width = width_of(x);
  require(attributes.groups > 0 && width % attributes.groups == 0, name,
          "the width is not a multiple of the groups");
  const int64_t n = width / std::max<int64_t>(1, attributes.groups);
  require(weight == kNoValue || value(weight).width == n, name, "the weight has another width than the rows");
  require(bias == kNoValue || value(bias).width == n, name, "the bias has another width than the rows");
  return add_node({std::move(name), attributes, {x, weight, bias}}, value(x.value).rows, width);
}

ValueId Graph::linear(std::string name, Operand x, ValueId weights, ValueId bias) {
  const Value& w = value(weights);
  require(w.width == width_of(x), name, "the weights have another width than the input");
  require(bias == kNoValue || value(bias).width == w.constant_rows, name,
          "the bias does not fit the weights");
  return add_node({std::move(name), LinearNode{}, {x, weights, bias, Operand{}}}, value(x.value).rows,
                  w.constant_rows);
}

ValueId Graph::rope_table(std::string name, ValueId positions, ValueId inverse_frequencies, float magnitude) {
  const int64_t dims = 2 * value(inverse_frequencies).width;
  return add_node({std::move(name), RopeTableNode{dims, magnitude}, {positions, inverse_frequencies}},
                  value(positions).rows, dims);
}

ValueId Graph::rope(std::string name, Operand x, ValueId table, const RopeNode& attributes) {
  require(attributes.heads * attributes.head_dim == width_of(x), name, "heads × head size is not the width");
  require(attributes.dims <= attributes.head_dim && attributes.dims == value(table).width, name,
          "the rotated dimensions do not fit the head");
  const int64_t width = width_of(x);
  return add_node({std::move(name), attributes, {x, table}}, value(x.value).rows, width);
}

ValueId Graph::attention(std::string name, Operand q, Operand k, Operand v, const AttentionNode& attributes,
                         ValueId alibi_slopes) {
  const AttentionNode& a = attributes;
  require(a.heads > 0 && a.kv_heads > 0 && a.heads % a.kv_heads == 0, name,
          "the heads are not a multiple of the key-value heads");
  require(width_of(q) == a.heads * a.head_dim, name, "q has another width than heads × head size");
  require(width_of(k) == a.kv_heads * a.head_dim, name,
          "k has another width than key-value heads × head size");
  require(width_of(v) == a.kv_heads * a.value_dim, name,
          "v has another width than key-value heads × value size");
  return add_node({std::move(name), a, {q, k, v, alibi_slopes}}, value(q.value).rows, a.heads * a.value_dim);
}

ValueId Graph::activation(std::string name, ActivationKind kind, Operand gate, Operand up) {
  const int64_t width = width_of(gate);
  require(!up.present() || width_of(up) == width, name, "gate and up differ in width");
  return add_node({std::move(name), ActivationNode{kind}, {gate, up}}, value(gate.value).rows, width);
}

ValueId Graph::add(std::string name, Operand a, Operand b) {
  const int64_t width = width_of(a);
  require(width_of(b) == width, name, "the summands differ in width");
  return add_node({std::move(name), ElementwiseNode{ElementwiseKind::kAdd, 1}, {a, b}}, value(a.value).rows,
                  width);
}

ValueId Graph::multiply_by_row(std::string name, Operand a, ValueId row) {
  const int64_t width = width_of(a);
  require(value(row).width * value(row).constant_rows == width, name, "the factors do not fit the rows");
  return add_node({std::move(name), ElementwiseNode{ElementwiseKind::kMul, 1}, {a, row}}, value(a.value).rows,
                  width);
}

ValueId Graph::scale(std::string name, Operand a, float factor) {
  const int64_t width = width_of(a);
  return add_node({std::move(name), ElementwiseNode{ElementwiseKind::kScale, factor}, {a, Operand{}}},
                  value(a.value).rows, width);
}

ValueId Graph::softcap(std::string name, Operand a, float cap) {
  const int64_t width = width_of(a);
  return add_node({std::move(name), ElementwiseNode{ElementwiseKind::kSoftcap, cap}, {a, Operand{}}},
                  value(a.value).rows, width);
}

ValueId Graph::route(std::string name, Operand scores, const RouteNode& attributes) {
  require(width_of(scores) == attributes.experts, name, "there is not one score per expert");
  require(attributes.used >= 1 && attributes.used <= attributes.experts, name,
          "a row uses more experts than there are");
  return add_node({std::move(name), attributes, {scores}}, value(scores.value).rows, 2 * attributes.used);
}

ValueId Graph::expert_linear(std::string name, Operand x, ValueId weights, ValueId routes,
                             const ExpertLinearNode& attributes) {
  const ExpertLinearNode& a = attributes;
  const Value& w = value(weights);
  require(static_cast<int64_t>(w.parts.size()) == a.experts * a.matrices, name,
          "the weights are not those of all experts");
  require(w.width * (a.own_inputs ? a.used : 1) == width_of(x), name,
          "the weights have another width than the input");
  require(value(routes).width == 2 * a.used, name, "the routes have another number of experts");
  const int64_t n = w.constant_rows / std::max<int64_t>(1, a.experts * a.matrices);
  return add_node({std::move(name), a, {x, weights, routes}}, value(x.value).rows, a.matrices * a.used * n);
}

ValueId Graph::combine(std::string name, Operand x, ValueId routes, int64_t used) {
  require(used >= 1 && width_of(x) % used == 0 && value(routes).width == 2 * used, name,
          "the routes do not fit the input");
  const int64_t n = width_of(x) / std::max<int64_t>(1, used);
  return add_node({std::move(name), CombineNode{used}, {x, routes}}, value(x.value).rows, n);
}

ValueId Graph::gather_rows(std::string name, Operand x, ValueId rows) {
  const int64_t width = width_of(x);
  return add_node({std::move(name), GatherRowsNode{}, {x, rows}}, Symbol::kOutputs, width);
}

std::string Graph::print() const {
  std::string out;
  const auto operand = [&](const Operand& input) {
    if (!input.present()) return std::string("-");
    if (input.width == 0) return fmt::format("%{}", input.value);
    return fmt::format("%{}[{}:{}]", input.value, input.column, input.column + input.width);
  };
  for (const Node& node : nodes_) {
    out += fmt::format("%{} = {}", node.output, op_name(node.attributes));
    for (const Operand& input : node.inputs) out += " " + operand(input);
    const Value& result = value(node.output);
    out += fmt::format("  # [{}, {}] {}\n", result.rows == Symbol::kTokens ? "tokens" : "outputs",
                       result.width, node.name);
  }
  return out;
}

}  // namespace nagare

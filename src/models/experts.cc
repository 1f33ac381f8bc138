#include "models/experts.h"

#include <algorithm>

namespace nagare {
namespace {

// llama.cpp's numbers for what `expert_gating_func` says.
constexpr int64_t kGateSoftmax = 1;
constexpr int64_t kGateSigmoid = 2;
constexpr int64_t kGateSoftmaxOfChosen = 3;

// gate and up of each expert, multiplied together where they have one type; then the gated activation.
ValueId hidden(Transformer& t, const std::string& blk, ValueId x, ValueId routes, const ExpertNumbers& e) {
  Graph& g = t.graph();
  const int64_t width = e.used * e.feed_forward;
  const auto gates = t.reader().experts(blk + "ffn_gate", e.count, e.feed_forward, t.h().embedding);
  const auto ups = t.reader().experts(blk + "ffn_up", e.count, e.feed_forward, t.h().embedding);
  if (gates[0].dtype == ups[0].dtype) {
    std::vector<TensorView> both;
    both.reserve(gates.size() + ups.size());
    for (size_t i = 0; i < gates.size(); ++i) both.insert(both.end(), {gates[i], ups[i]});
    const ValueId weights = g.add_experts(blk + "ffn_gate_exps+up_exps", std::move(both));
    const ValueId y =
        g.expert_linear(blk + "ffn_gate_exps+up_exps", x, weights, routes, {e.count, e.used, 2});
    return g.activation(blk + "ffn_act", ActivationKind::kSilu, {y, 0, width}, {y, width, width});
  }
  const ValueId gate = g.expert_linear(blk + "ffn_gate_exps", x, g.add_experts(blk + "ffn_gate_exps", gates),
                                       routes, {e.count, e.used});
  const ValueId up = g.expert_linear(blk + "ffn_up_exps", x, g.add_experts(blk + "ffn_up_exps", ups), routes,
                                     {e.count, e.used});
  return g.activation(blk + "ffn_act", ActivationKind::kSilu, gate, up);
}

}  // namespace

ExpertNumbers read_experts(ModelReader& reader, int64_t feed_forward, bool normalise) {
  ExpertNumbers e;
  e.count = reader.integer_or("expert_count", 0, kMaxExperts, 0);
  if (e.count == 0) return e;
  e.used = reader.integer("expert_used_count", 1, std::min(e.count, kMaxExpertsUsed));
  e.feed_forward = reader.integer_or("expert_feed_forward_length", 1, 1 << 20, feed_forward);
  const int64_t gating =
      reader.integer_or("expert_gating_func", kGateSoftmax, kGateSoftmaxOfChosen, kGateSoftmax);
  if (gating == kGateSigmoid) e.scoring = RouteScoring::kSigmoid;
  // A softmax over the chosen ones is the softmax over all, normalised.
  e.normalise = gating == kGateSoftmaxOfChosen || reader.flag_or("expert_weights_norm", normalise);
  const float scale = reader.number_or("expert_weights_scale", 0.0f, 1e6f, 1.0f);
  e.scale = scale == 0 ? 1 : scale;  // 0 stands for none
  return e;
}

ExpertNumbers require_experts(ModelReader& reader, int64_t feed_forward, bool normalise) {
  reader.integer("expert_count", 1, kMaxExperts);
  return read_experts(reader, feed_forward, normalise);
}

ValueId mixture(Transformer& t, const std::string& blk, ValueId x, const ExpertNumbers& e) {
  Graph& g = t.graph();
  const ValueId scores = t.linear(blk + "ffn_gate_inp", x, e.count);
  const ValueId routes =
      g.route(blk + "ffn_route", scores, {e.count, e.used, e.scoring, e.normalise, e.scale});
  const ValueId y = hidden(t, blk, x, routes, e);
  const auto downs = t.reader().experts(blk + "ffn_down", e.count, t.h().embedding, e.feed_forward);
  const ValueId outputs =
      g.expert_linear(blk + "ffn_down_exps", y, g.add_experts(blk + "ffn_down_exps", downs), routes,
                      {.experts = e.count, .used = e.used, .own_inputs = true});
  return g.combine(blk + "ffn_combine", outputs, routes, e.used);
}

ValueId shared_expert(Transformer& t, const std::string& blk, ValueId x, int64_t feed_forward) {
  Graph& g = t.graph();
  const ValueId gate = t.linear(blk + "ffn_gate_shexp", x, feed_forward);
  const ValueId up = t.linear(blk + "ffn_up_shexp", x, feed_forward);
  const ValueId act = g.activation(blk + "ffn_shexp_act", ActivationKind::kSilu, gate, up);
  const ValueId y = t.linear(blk + "ffn_down_shexp", act, t.h().embedding);
  // A route to the only expert there is, weighted by the sigmoid of its score.
  const ValueId direction = t.reader().vector(blk + "ffn_gate_inp_shexp.weight", t.h().embedding);
  const ValueId score = g.linear(blk + "ffn_gate_inp_shexp", x, direction);
  const ValueId weight =
      g.route(blk + "ffn_shexp_route", score, {.experts = 1, .used = 1, .scoring = RouteScoring::kSigmoid});
  return g.combine(blk + "ffn_shexp_combine", y, weight, 1);
}

}  // namespace nagare

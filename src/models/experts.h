// A mixture of experts in place of a feed-forward part (Shazeer et al., 2017; Fedus et al., 2021).
#pragma once

#include "models/transformer.h"

namespace nagare {

struct ExpertNumbers {
  int64_t count = 0;  // 0: the file has none
  int64_t used = 0;   // by each token
  int64_t feed_forward = 0;
  RouteScoring scoring = RouteScoring::kSoftmax;
  bool normalise = false;  // the weights of a token's experts add up to 1
  float scale = 1;
};

// `expert_count`, `expert_used_count`, `expert_feed_forward_length` (else `feed_forward`),
// `expert_gating_func`, `expert_weights_norm` (else `normalise`), `expert_weights_scale`.
ExpertNumbers read_experts(ModelReader& reader, int64_t feed_forward, bool normalise);
// The same for families that are nothing without experts.
ExpertNumbers require_experts(ModelReader& reader, int64_t feed_forward, bool normalise);

// Σ weight_e(x) · down_e(silu(gate_e(x)) · up_e(x)) over the experts that ffn_gate_inp chooses. The matrices
// are ffn_gate_exps, ffn_up_exps and ffn_down_exps, or in older files ffn_gate.0, ffn_gate.1, …
ValueId mixture(Transformer& t, const std::string& blk, ValueId x, const ExpertNumbers& experts);

// One more expert that every token uses, weighted by a sigmoid: ffn_gate_inp_shexp, ffn_gate_shexp, ….
ValueId shared_expert(Transformer& t, const std::string& blk, ValueId x, int64_t feed_forward);

}  // namespace nagare

// A small language model with random weights, made in memory: for tests of what carries models, not of what
// they compute.
#pragma once

#include <cmath>
#include <deque>
#include <random>

#include "engine/scheduler.h"

namespace nagare::tests {

class TinyModel {
 public:
  static constexpr int32_t kVocabulary = 61;
  static constexpr int64_t kWidth = 32;

  // One layer for each window (0: none).
  explicit TinyModel(const std::vector<int64_t>& windows) : engine_(7) {
    const ValueId ids = graph_.add_input(ValueKind::kTokenIds, "tokens");
    const ValueId positions = graph_.add_input(ValueKind::kPositions, "positions");
    const ValueId wanted = graph_.add_input(ValueKind::kOutputRows, "wanted");
    const ValueId table = graph_.rope_table(
        "rope_table", positions,
        graph_.add_computed("frequencies", {1, 0.3, 0.1, 0.03, 0.01, 0.003, 1e-3, 3e-4}), 1);
    ValueId x = graph_.embed("embed", ids, weights("table", kVocabulary, kWidth, 1.0f));
    for (size_t i = 0; i < windows.size(); ++i) x = layer(static_cast<int32_t>(i), windows[i], x, table);
    x = graph_.gather_rows("rows", norm("output_norm", x), wanted);
    graph_.set_output(graph_.linear("output", x, weights("output", kVocabulary, kWidth, 1.0f)));
  }

  Result<std::unique_ptr<Executor>> executor(int threads, int64_t max_tokens, DType kv_dtype = DType::kF16) {
    ASSIGN_OR_RETURN(device_, Device::open_cpu(threads));
    selector_ =
        std::make_unique<Selector>(device_->traits(), nullptr, SelectionPolicy{.find = FindMode::kOff});
    return Executor::create(graph_, *device_, *selector_, tracer_,
                            {.max_tokens = max_tokens, .kv_dtype = kv_dtype}, {});
  }
  Tracer& tracer() { return tracer_; }

 private:
  ValueId weights(const std::string& name, int64_t rows, int64_t columns, float scale = 0.3f) {
    std::normal_distribution<float> normal(0.0f, scale);
    auto& numbers = numbers_.emplace_back(static_cast<size_t>(rows * columns));
    for (float& number : numbers) number = normal(engine_);
    return graph_.add_constant(name, TensorView{DType::kF32, Shape(rows, columns),
                                                reinterpret_cast<const std::byte*>(numbers.data())});
  }
  ValueId norm(const std::string& name, ValueId x) {
    return graph_.norm(name, x, kNoValue, kNoValue, {NormKind::kRms, 1, 1e-5f});
  }
  ValueId layer(int32_t index, int64_t window, ValueId x, ValueId table) {
    const std::string blk = fmt::format("blk.{}.", index);
    const ValueId normed = norm(blk + "attn_norm", x);
    ValueId q = graph_.linear(blk + "attn_q", normed, weights(blk + "q", 32, kWidth));
    ValueId k = graph_.linear(blk + "attn_k", normed, weights(blk + "k", 16, kWidth));
    const ValueId v = graph_.linear(blk + "attn_v", normed, weights(blk + "v", 16, kWidth));
    q = graph_.rope(blk + "rope_q", q, table, {RopeKind::kHalves, 2, 16, 16});
    k = graph_.rope(blk + "rope_k", k, table, {RopeKind::kHalves, 1, 16, 16});
    const ValueId mixed = graph_.attention(blk + "attn", q, k, v,
                                           {.layer = index,
                                            .heads = 2,
                                            .kv_heads = 1,
                                            .head_dim = 16,
                                            .value_dim = 16,
                                            .window = window,
                                            .scale = 0.25f});
    x = graph_.add(blk + "attn_add", x, graph_.linear(blk + "o", mixed, weights(blk + "o", kWidth, 32)));
    const ValueId up = graph_.linear(blk + "up", norm(blk + "ffn_norm", x), weights(blk + "up", 64, kWidth));
    const ValueId active = graph_.activation(blk + "act", ActivationKind::kSilu, up);
    return graph_.add(blk + "ffn_add", x,
                      graph_.linear(blk + "down", active, weights(blk + "down", kWidth, 64)));
  }

  std::mt19937 engine_;
  std::deque<std::vector<float>> numbers_;
  Graph graph_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<Selector> selector_;
  Tracer tracer_;
};

}  // namespace nagare::tests

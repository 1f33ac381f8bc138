#include "ops/attention/attention_workspace.h"

namespace nagare {
namespace {

struct Sizes {
  int64_t q, scores, keys, values, out;
  explicit Sizes(const AttentionProblem& p)
      : q(kUnitRows * query_stride(p)),
        scores(kUnitRows * kScoreStride),
        keys(kKvPageTokens * p.head_dim),
        // Whole vectors are read: past the last row where value_dim is not a multiple of them.
        values(kKvPageTokens * p.value_dim + 16),
        out(kUnitRows * out_stride(p)) {}
  int64_t partial() const { return out + 2 * kUnitRows; }
  int64_t thread() const { return q + scores + keys + values + 2 * partial(); }
};

AttentionPartial partial_at(const Sizes& sizes, float* data) {
  return {.out = data, .largest = data + sizes.out, .sums = data + sizes.out + kUnitRows};
}

}  // namespace

AttentionScratch::AttentionScratch(const AttentionProblem& problem, std::byte* workspace, int thread) {
  const Sizes sizes(problem);
  q = reinterpret_cast<float*>(workspace + thread * bytes(problem));
  scores = q + sizes.q;
  keys = scores + sizes.scores;
  values = keys + sizes.keys;
  chunk = partial_at(sizes, values + sizes.values);
  total = partial_at(sizes, values + sizes.values + sizes.partial());
}

int64_t AttentionScratch::bytes(const AttentionProblem& problem) {
  return Sizes(problem).thread() * static_cast<int64_t>(sizeof(float));
}

AttentionPartial attention_slot(const AttentionProblem& problem, std::byte* workspace, int threads,
                                int slot) {
  const Sizes sizes(problem);
  auto* const slots = reinterpret_cast<float*>(workspace + threads * AttentionScratch::bytes(problem));
  return partial_at(sizes, slots + slot * sizes.partial());
}

int64_t attention_workspace_bytes(const AttentionProblem& problem, int threads) {
  const int64_t slot_bytes = Sizes(problem).partial() * static_cast<int64_t>(sizeof(float));
  return threads * (AttentionScratch::bytes(problem) + kSlotsPerThread * slot_bytes);
}

}  // namespace nagare

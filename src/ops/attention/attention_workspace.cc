#include "ops/attention/attention_workspace.h"

namespace nagare {
namespace {

constexpr int64_t round_up(int64_t elements) {
  return (elements + 15) / 16 * 16;
}

struct Sizes {
  int64_t q, out, scores, keys, values;
  explicit Sizes(const AttentionProblem& p)
      : q(round_up(kUnitRows * p.head_dim)),
        out(round_up(kUnitRows * p.value_dim)),
        scores(kUnitRows * kKvPageTokens),
        keys(kKvPageTokens * p.head_dim),
        values(kKvPageTokens * p.value_dim) {}
};

}  // namespace

AttentionScratch::AttentionScratch(const AttentionProblem& problem, std::byte* workspace, int thread) {
  const Sizes sizes(problem);
  q = reinterpret_cast<float*>(workspace + thread * bytes(problem));
  out = q + sizes.q;
  scores = out + sizes.out;
  largest = scores + sizes.scores;
  sums = largest + kUnitRows;
  keys = sums + kUnitRows;
  values = keys + sizes.keys;
}

int64_t AttentionScratch::bytes(const AttentionProblem& problem) {
  const Sizes sizes(problem);
  const int64_t elements = sizes.q + sizes.out + sizes.scores + 2 * kUnitRows + sizes.keys + sizes.values;
  return elements * static_cast<int64_t>(sizeof(float));
}

int64_t attention_workspace_bytes(const AttentionProblem& problem, int threads) {
  return threads * AttentionScratch::bytes(problem);
}

}  // namespace nagare

// Plain, slow, obviously right: double precision, one score after the other, over keys and values as they are
// in the pages. Allocates what it needs.
#include <algorithm>
#include <cmath>
#include <vector>

#include "ops/attention/attention_solvers.h"
#include "ops/attention/kv_page.h"

namespace nagare {
namespace {

void write_rows(const KvPageLayout& layout, const AttentionProblem& p, const AttentionArguments& a,
                const AttentionSpan& span) {
  for (int64_t row = 0; row < span.rows; ++row) {
    const int64_t position = span.first_position + row;
    for (int64_t kv_head = 0; kv_head < p.kv_heads; ++kv_head) {
      std::byte* head = layout.head(a.cache, span.pages[position / kKvPageTokens], kv_head);
      const int64_t src_row = span.first_row + row;
      store_key(layout, head, position % kKvPageTokens, a.k + src_row * a.k_stride + kv_head * p.head_dim);
      store_value(layout, head, position % kKvPageTokens, a.v + src_row * a.v_stride + kv_head * p.value_dim);
    }
  }
}

// The keys and values of one sequence and kv head, as rows.
struct KeysAndValues {
  int64_t count = 0;
  std::vector<float> keys, values;
};

// Those from position `first_seen` on; what lies before is left as zeros.
KeysAndValues read_pages(const KvPageLayout& layout, const AttentionArguments& a, const AttentionSpan& span,
                         int64_t kv_head, int64_t first_seen) {
  KeysAndValues kv;
  kv.count = span.first_position + span.rows;
  kv.keys.resize(static_cast<size_t>(kv.count * layout.head_dim));
  kv.values.resize(static_cast<size_t>(kv.count * layout.value_dim));
  for (int64_t j = first_seen; j < kv.count; ++j) {
    const std::byte* head = layout.head(a.cache, span.pages[j / kKvPageTokens], kv_head);
    load_key(layout, head, j % kKvPageTokens, &kv.keys[static_cast<size_t>(j * layout.head_dim)]);
    load_value(layout, head, j % kKvPageTokens, &kv.values[static_cast<size_t>(j * layout.value_dim)]);
  }
  return kv;
}

bool visible(const AttentionProblem& p, int64_t i, int64_t j) {
  if (p.causal && j > i) return false;
  return p.window == 0 || std::abs(i - j) < p.window;
}

void attend(const AttentionProblem& p, const AttentionArguments& a, const KeysAndValues& kv, int64_t row,
            int64_t position, int64_t head) {
  const float* q = a.q + row * a.q_stride + head * p.head_dim;
  float* dst = a.dst + row * a.dst_stride + head * p.value_dim;
  std::vector<double> weights(static_cast<size_t>(kv.count), 0.0);
  double largest = -INFINITY;
  for (int64_t j = 0; j < kv.count; ++j) {
    if (!visible(p, position, j)) continue;
    double score = 0;
    for (int64_t d = 0; d < p.head_dim; ++d)
      score +=
          static_cast<double>(q[d]) * static_cast<double>(kv.keys[static_cast<size_t>(j * p.head_dim + d)]);
    score *= a.scale;
    if (p.softcap) score = a.softcap * std::tanh(score / a.softcap);
    if (p.alibi) score += static_cast<double>(a.alibi_slopes[head]) * static_cast<double>(j - position);
    weights[static_cast<size_t>(j)] = score;
    largest = std::max(largest, score);
  }
  double sum = 0;
  std::vector<double> out(static_cast<size_t>(p.value_dim), 0.0);
  for (int64_t j = 0; j < kv.count; ++j) {
    if (!visible(p, position, j)) continue;
    const double weight = std::exp(weights[static_cast<size_t>(j)] - largest);
    sum += weight;
    for (int64_t d = 0; d < p.value_dim; ++d)
      out[static_cast<size_t>(d)] +=
          weight * static_cast<double>(kv.values[static_cast<size_t>(j * p.value_dim + d)]);
  }
  for (int64_t d = 0; d < p.value_dim; ++d) dst[d] = static_cast<float>(out[static_cast<size_t>(d)] / sum);
}

void run(const Stream&, const AttentionProblem& p, const AttentionArguments& a) {
  const KvPageLayout layout(p);
  for (const AttentionSpan& span : a.spans) write_rows(layout, p, a, span);
  for (const AttentionSpan& span : a.spans) {
    const int64_t first_seen = p.window == 0 ? 0 : std::max<int64_t>(0, span.first_position - p.window + 1);
    for (int64_t kv_head = 0; kv_head < p.kv_heads; ++kv_head) {
      const KeysAndValues kv = read_pages(layout, a, span, kv_head, first_seen);
      const int64_t group = p.heads / p.kv_heads;
      for (int64_t row = 0; row < span.rows; ++row) {
        for (int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
          attend(p, a, kv, span.first_row + row, span.first_position + row, head);
        }
      }
    }
  }
}

}  // namespace

IsaSolver<AttentionProblem, AttentionArguments> attention_reference() {
  return IsaSolver<AttentionProblem, AttentionArguments>({.id = "reference",
                                                          .level = IsaLevel::kGeneric,
                                                          .function = &run,
                                                          .work = &work_of,
                                                          .bytes_per_second = 0.5e9,
                                                          .flops_per_second = 0.5e9});
}

}  // namespace nagare

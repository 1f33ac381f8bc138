#include "ops/attention/attention_units.h"

#include <algorithm>

namespace nagare {

KeyRange visible_keys(const AttentionProblem& problem, const AttentionSpan& span, int64_t position) {
  KeyRange keys{0, span.first_position + span.rows};
  if (problem.causal) keys.end = position + 1;
  if (problem.window > 0) {
    keys.begin = std::max<int64_t>(0, position - problem.window + 1);
    keys.end = std::min(keys.end, position + problem.window);
  }
  return keys;
}

AttentionUnits::AttentionUnits(const AttentionProblem& problem, std::span<const AttentionSpan> spans)
    : problem_(&problem),
      spans_(spans),
      group_(problem.heads / problem.kv_heads),
      unit_heads_(std::min<int64_t>(group_, kUnitRows)),
      unit_tokens_(kUnitRows / unit_heads_),
      head_blocks_(problem.kv_heads * ((group_ + unit_heads_ - 1) / unit_heads_)) {
  for (const AttentionSpan& span : spans) count_ += token_blocks(span) * head_blocks_;
}

AttentionUnit AttentionUnits::at(int64_t index, Place& place) const {
  while (index >= place.first_unit + token_blocks(spans_[place.span]) * head_blocks_) {
    place.first_unit += token_blocks(spans_[place.span]) * head_blocks_;
    ++place.span;
  }
  const AttentionSpan& span = spans_[place.span];
  const int64_t in_span = index - place.first_unit;
  const int64_t token_block = token_blocks(span) - 1 - in_span % token_blocks(span);
  const int64_t head_block = in_span / token_blocks(span);
  const int64_t blocks_of_group = head_blocks_ / problem_->kv_heads;
  AttentionUnit unit{.span = &span, .kv_head = head_block / blocks_of_group};
  const int64_t head_in_group = head_block % blocks_of_group * unit_heads_;
  unit.first_head = unit.kv_head * group_ + head_in_group;
  unit.heads = std::min(unit_heads_, group_ - head_in_group);
  unit.first_token = token_block * unit_tokens_;
  unit.tokens = std::min(unit_tokens_, span.rows - unit.first_token);
  const int64_t position = span.first_position + unit.first_token;
  unit.keys = {.begin = visible_keys(*problem_, span, position).begin,
               .end = visible_keys(*problem_, span, position + unit.tokens - 1).end};
  return unit;
}

int64_t AttentionUnits::chunks() const {
  int64_t chunks = 0;
  Place place;
  for (int64_t index = 0; index < count_; ++index) chunks += at(index, place).chunks();
  return chunks;
}

int64_t AttentionUnits::products() const {
  int64_t pairs = 0;
  for (const AttentionSpan& span : spans_) {
    const KeyRange last = visible_keys(*problem_, span, span.first_position + span.rows - 1);
    pairs += span.rows * (last.end - last.begin);
  }
  return pairs * problem_->heads * (problem_->head_dim + problem_->value_dim);
}

}  // namespace nagare

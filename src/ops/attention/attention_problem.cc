#include "base/round_up.h"
#include "ops/attention/attention.h"
#include "ops/attention/kv_page.h"

namespace nagare {
namespace {

Result<DType> parse_kv(const ProblemLine& line) {
  const std::string text = line.text_or("kv", "f16");
  const auto dtype = dtype_from_name(text);
  if (!dtype || !is_kv_dtype(*dtype))
    return bad_input("attention problem: kv={} must be f32, f16, bf16, q8_0 or q4_0", text);
  return *dtype;
}

Status check_sizes(const AttentionProblem& p) {
  if (p.spans > p.m) return bad_input("attention problem: spans={} must not be more than m={}", p.spans, p.m);
  if (p.context < p.m - p.spans + 1)
    return bad_input("attention problem: context={} must hold the {} rows of the first span", p.context,
                     p.m - p.spans + 1);
  if (p.heads % p.kv_heads != 0)
    return bad_input("attention problem: heads={} must be a multiple of kv_heads={}", p.heads, p.kv_heads);
  if (p.spans * p.context > (int64_t{1} << 34) / (p.kv_heads * (p.head_dim + p.value_dim)))
    return bad_input("attention problem: more than 2^34 elements of keys and values");
  if (p.m > (int64_t{1} << 32) / (p.heads * (p.head_dim + p.value_dim)))
    return bad_input("attention problem: more than 2^32 elements of rows");
  return {};
}

}  // namespace

ProblemLine print(const AttentionProblem& problem) {
  ProblemLine line("attention");
  line.add("m", problem.m)
      .add("spans", problem.spans)
      .add("context", problem.context)
      .add("heads", problem.heads)
      .add("kv_heads", problem.kv_heads)
      .add("head_dim", problem.head_dim)
      .add("value_dim", problem.value_dim)
      .add("kv", name(problem.kv))
      .add("causal", problem.causal ? 1 : 0)
      .add("window", problem.window)
      .add("softcap", problem.softcap ? 1 : 0)
      .add("alibi", problem.alibi ? 1 : 0);
  return line;
}

Result<AttentionProblem> parse_attention(const ProblemLine& line) {
  RETURN_IF_ERROR(line.only({"m", "spans", "context", "heads", "kv_heads", "head_dim", "value_dim", "kv",
                             "causal", "window", "softcap", "alibi"}));
  AttentionProblem problem;
  ASSIGN_OR_RETURN(problem.m, line.integer("m", 1, 1 << 24));
  ASSIGN_OR_RETURN(problem.spans, line.integer_or("spans", 1, 1 << 20, 1));
  ASSIGN_OR_RETURN(problem.context, line.integer("context", 1, 1 << 28));
  ASSIGN_OR_RETURN(problem.heads, line.integer("heads", 1, 1 << 12));
  ASSIGN_OR_RETURN(problem.kv_heads, line.integer_or("kv_heads", 1, 1 << 12, problem.heads));
  ASSIGN_OR_RETURN(problem.head_dim, line.integer("head_dim", 1, 1 << 12));
  ASSIGN_OR_RETURN(problem.value_dim, line.integer_or("value_dim", 1, 1 << 12, problem.head_dim));
  ASSIGN_OR_RETURN(problem.kv, parse_kv(line));
  ASSIGN_OR_RETURN(const int64_t causal, line.integer_or("causal", 0, 1, 1));
  ASSIGN_OR_RETURN(problem.window, line.integer_or("window", 0, 1 << 28, 0));
  ASSIGN_OR_RETURN(const int64_t softcap, line.integer_or("softcap", 0, 1, 0));
  ASSIGN_OR_RETURN(const int64_t alibi, line.integer_or("alibi", 0, 1, 0));
  problem.causal = causal == 1;
  problem.softcap = softcap == 1;
  problem.alibi = alibi == 1;
  RETURN_IF_ERROR(check_sizes(problem));
  return problem;
}

Work work_of(const AttentionProblem& p) {
  // The first span's rows see context - rows + 1 … context keys where the mask is causal; the single rows see
  // context.
  const int64_t rows = p.m - p.spans + 1;
  int64_t seen = rows * p.context + (p.spans - 1) * p.context;
  if (p.causal) seen -= rows * (rows - 1) / 2;
  if (p.window > 0 && seen > p.m * p.window) seen = p.m * p.window;
  const int64_t dims = p.head_dim + p.value_dim;
  const int64_t keys = p.window > 0 && p.window < p.context ? p.window : p.context;
  const int64_t page_tokens = round_up(keys, kKvPageTokens);
  return {.flops = 2 * seen * p.heads * dims,
          .bytes = p.spans * page_tokens / kKvPageTokens * kv_page_bytes(p) +
                   4 * p.m * (p.heads + p.kv_heads) * dims};
}

int64_t kv_page_bytes(const AttentionProblem& problem) {
  return KvPageLayout(problem).page_bytes;
}

}  // namespace nagare

// Attention over a paged cache of keys and values. One call does two things: it writes the new rows of k and
// v into the pages, then computes for every new row i and head
//
//   softmax_j(scale · q_i·k_j  [→ c·tanh(·/c)]  [+ slope·(j − i)]) · v_j     over the keys j that row i may
//   see.
//
// Many sequences go into one call, each as a span of consecutive rows: prompts of many rows beside single
// rows of answers. A row's result has the same bits whatever else is in the call, however the prompt was cut
// into calls and at any number of threads: keys are taken page by page from position 0, in a fixed order.
//
// Who owns pages, and which page belongs to which sequence, is the engine's business; here they are numbers.
// Called by the graph's bound ops; knows no model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "solve/isa_solver.h"
#include "solve/op.h"
#include "tensor/dtype.h"

namespace nagare {

inline constexpr int kKvPageTokens = 64;

struct AttentionProblem {
  int64_t m = 1;        // rows of one call, as expected; a kernel runs any number
  int64_t spans = 1;    // sequences among them: the first has m - spans + 1 rows, the others one each
  int64_t context = 1;  // keys that the last row of a sequence sees, as expected
  int64_t heads = 1;    // of q; a multiple of kv_heads: heads / kv_heads neighbours share a head of k and v
  int64_t kv_heads = 1;
  int64_t head_dim = 1;    // elements of a head of q and k
  int64_t value_dim = 1;   // elements of a head of v and dst
  DType kv = DType::kF16;  // type of the cached keys and values: f32, f16, bf16, q8_0, q4_0
  bool causal = true;      // false (encoders): all rows of the sequence see each other
  int64_t window = 0;      // 0: no window; else row i sees key j only if |i - j| < window
  bool softcap = false;    // scores are capped to ±AttentionArguments::softcap
  bool alibi = false;      // a slope per head (Press et al., 2021) is added to the scores

  bool operator==(const AttentionProblem&) const = default;
};

// Consecutive rows of one sequence.
struct AttentionSpan {
  int32_t first_row = 0;  // in q, k, v and dst
  int32_t rows = 0;
  int32_t first_position = 0;  // of the first row; earlier positions are in the pages already
  // [ceil((first_position + rows) / kKvPageTokens)] numbers of pages, in order. Those that lie wholly before
  // what the window of the first row shows are not looked at and may be any number.
  const int32_t* pages = nullptr;
};

// Rows of float32, strides in elements.
struct AttentionArguments {
  const float* q = nullptr;  // [row, heads, head_dim]
  int64_t q_stride = 0;
  const float* k = nullptr;  // [row, kv_heads, head_dim]
  int64_t k_stride = 0;
  const float* v = nullptr;  // [row, kv_heads, value_dim]
  int64_t v_stride = 0;
  float* dst = nullptr;  // [row, heads, value_dim]; does not overlap q
  int64_t dst_stride = 0;
  std::byte* cache = nullptr;  // this layer's pages, aligned to 64 bytes: page p begins at p · kv_page_bytes
  std::span<const AttentionSpan> spans;  // no two of one sequence
  float scale = 1.0f;
  float softcap = 0.0f;                 // above 0 where the problem has softcap
  const float* alibi_slopes = nullptr;  // [heads] where the problem has alibi
  std::byte* workspace = nullptr;       // attention_workspace_bytes, aligned to 64 bytes
};

// Bytes of one page of one layer: the keys and values of kKvPageTokens tokens, a multiple of 64. The layout
// inside is the same for every solver; see kv_page.h.
int64_t kv_page_bytes(const AttentionProblem& problem);

// What a call needs beside its arguments, for any solver, any rows and any context.
int64_t attention_workspace_bytes(const AttentionProblem& problem, int threads);

using AttentionKernel = FunctionKernel<AttentionProblem, AttentionArguments>;
using AttentionSolver = Solver<AttentionProblem, AttentionKernel>;

// THE list; the last is the reference.
const std::vector<const AttentionSolver*>& attention_solvers();

// `attention m=1 spans=1 context=512 heads=32 kv_heads=4 head_dim=64 value_dim=64 kv=f16 causal=1 window=0
// softcap=0 alibi=0`
ProblemLine print(const AttentionProblem& problem);
Result<AttentionProblem> parse_attention(const ProblemLine& line);
Work work_of(const AttentionProblem& problem);

const Op& attention_op();

}  // namespace nagare

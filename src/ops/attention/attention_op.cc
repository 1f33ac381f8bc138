// Attention by problem lines: how it is tried, timed and compared.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "ops/attention/attention.h"
#include "ops/attention/kv_page.h"
#include "runtime/buffer.h"
#include "solve/trial_inputs.h"
#include "solve/typed_op.h"

namespace nagare {
namespace {

// The sequences of a trial: the first has m - spans + 1 rows, the others one row and ever shorter contexts.
// Pages are handed out in random order, as after a day of serving.
struct TrialSpans {
  std::vector<AttentionSpan> spans;
  std::vector<int32_t> pages;

  TrialSpans(const AttentionProblem& p, uint64_t seed) {
    int64_t next_page = 0;
    for (int64_t s = 0; s < p.spans; ++s) {
      const int64_t rows = s == 0 ? p.m - p.spans + 1 : 1;
      const int64_t context = std::max(rows, p.context - s * 7);
      spans.push_back({.first_row = static_cast<int32_t>(s == 0 ? 0 : p.m - p.spans + s),
                       .rows = static_cast<int32_t>(rows),
                       .first_position = static_cast<int32_t>(context - rows)});
      next_page += (context + kKvPageTokens - 1) / kKvPageTokens;
    }
    for (int32_t page = 0; page < next_page; ++page) pages.push_back(page);
    std::shuffle(pages.begin(), pages.end(), std::mt19937_64(seed));
    const int32_t* first = pages.data();
    for (AttentionSpan& span : spans) {
      span.pages = first;
      first += (span.first_position + span.rows + kKvPageTokens - 1) / kKvPageTokens;
    }
  }
};

void fill_past(const AttentionProblem& p, const TrialSpans& trial, std::byte* cache, uint64_t seed) {
  const KvPageLayout layout(p);
  const std::vector<float> noise = random_floats(8191 + std::max(p.head_dim, p.value_dim), seed);
  std::mt19937_64 engine(seed + 1);
  for (const AttentionSpan& span : trial.spans) {
    for (int64_t position = 0; position < span.first_position; ++position) {
      for (int64_t kv_head = 0; kv_head < p.kv_heads; ++kv_head) {
        std::byte* head = layout.head(cache, span.pages[position / kKvPageTokens], kv_head);
        store_key(layout, head, position % kKvPageTokens, &noise[engine() % 8191]);
        store_value(layout, head, position % kKvPageTokens, &noise[engine() % 8191]);
      }
    }
  }
}

class AttentionTrial final : public Trial {
 public:
  AttentionTrial(const AttentionProblem& p, std::unique_ptr<AttentionKernel> kernel, Buffer cache,
                 Buffer workspace, uint64_t seed)
      : kernel_(std::move(kernel)),
        problem_(p),
        spans_(p, seed),
        cache_(std::move(cache)),
        workspace_(std::move(workspace)) {
    const int64_t k_at = p.heads * p.head_dim;
    const int64_t v_at = k_at + p.kv_heads * p.head_dim;
    const int64_t stride = v_at + p.kv_heads * p.value_dim;
    qkv_ = random_floats(p.m * stride, seed + 1);
    slopes_ = random_floats(p.heads, seed + 2, 0.1f);
    dst_.resize(static_cast<size_t>(p.m * p.heads * p.value_dim));
    fill_past(p, spans_, cache_.data(), seed + 3);
    arguments_ = {.q = qkv_.data(),
                  .q_stride = stride,
                  .k = qkv_.data() + k_at,
                  .k_stride = stride,
                  .v = qkv_.data() + v_at,
                  .v_stride = stride,
                  .dst = dst_.data(),
                  .dst_stride = p.heads * p.value_dim,
                  .cache = cache_.data(),
                  .spans = spans_.spans,
                  .scale = 1.0f / std::sqrt(static_cast<float>(p.head_dim)),
                  .softcap = p.softcap ? 5.0f : 0.0f,
                  .alibi_slopes = p.alibi ? slopes_.data() : nullptr,
                  .workspace = workspace_.data()};
  }

  void run(const Stream& stream) override { kernel_->run(stream, arguments_); }

  // The pages must have the same bits as after the reference, too: plans with other solvers read them.
  double error(const Stream& stream) override {
    const std::vector<std::byte> written(cache_.data(), cache_.data() + cache_.bytes());
    std::vector<float> want(dst_.size());
    AttentionArguments arguments = arguments_;
    arguments.dst = want.data();
    const auto reference = attention_solvers().back()->prepare(problem_, {});
    (*reference)->run(stream, arguments);
    if (std::memcmp(written.data(), cache_.data(), written.size()) != 0)
      return std::numeric_limits<double>::infinity();
    return relative_error(dst_.data(), want.data(), static_cast<int64_t>(want.size()));
  }
  // The outliers of the inputs make scores of ±100 and more, where float32 has steps of 1e-5.
  double tolerance() const override { return 6e-5; }

 private:
  std::unique_ptr<AttentionKernel> kernel_;
  AttentionProblem problem_;
  TrialSpans spans_;
  Buffer cache_, workspace_;
  std::vector<float> qkv_, slopes_, dst_;
  AttentionArguments arguments_;
};

struct AttentionTraits {
  using Problem = AttentionProblem;
  using Kernel = AttentionKernel;
  static constexpr std::string_view kName = "attention";
  static Result<Problem> parse(const ProblemLine& line) { return parse_attention(line); }
  static ProblemLine print(const Problem& problem) { return nagare::print(problem); }
  static Work work(const Problem& problem) { return work_of(problem); }
  static const std::vector<const AttentionSolver*>& solvers() { return attention_solvers(); }
  static Result<std::unique_ptr<Trial>> make_trial(const Problem& problem, const AttentionSolver& solver,
                                                   const DeviceTraits& traits, uint64_t seed) {
    ASSIGN_OR_RETURN(auto kernel, solver.prepare(problem, traits));
    const auto pages = static_cast<int64_t>(TrialSpans(problem, seed).pages.size());
    ASSIGN_OR_RETURN(Buffer cache, Buffer::allocate(pages * kv_page_bytes(problem)));
    ASSIGN_OR_RETURN(Buffer workspace, Buffer::allocate(attention_workspace_bytes(problem, traits.threads)));
    return std::make_unique<AttentionTrial>(problem, std::move(kernel), std::move(cache),
                                            std::move(workspace), seed);
  }
};

}  // namespace

const Op& attention_op() {
  static const TypedOp<AttentionTraits> op;
  return op;
}

}  // namespace nagare

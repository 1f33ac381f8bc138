#include "engine/model_bench.h"

#include <algorithm>
#include <random>

#include "base/clock.h"

namespace nagare {
namespace {

class Bench {
 public:
  Bench(TextModel& model, const ModelBenchOptions& options) : model_(model), options_(options), engine_(1) {}

  Status run(ModelBenchResult& result) {
    for (int32_t i = 0; i < options_.sequences; ++i) {
      ASSIGN_OR_RETURN(const SequenceId id, model_.scheduler().open());
      sequences_.push_back(id);
    }
    const Status status = run_open(result);
    for (const SequenceId id : sequences_) model_.scheduler().close(id);
    sequences_.clear();
    return status;
  }

 private:
  int32_t random_token() {
    return static_cast<int32_t>(engine_() % static_cast<uint64_t>(model_.vocab().size()));
  }

  Status drain() {
    while (!model_.scheduler().idle()) RETURN_IF_ERROR(model_.scheduler().step());
    return {};
  }

  Status run_open(ModelBenchResult& result) {
    const int64_t prompt_start = now_ns();
    if (options_.prompt_tokens > 0) {
      std::vector<int32_t> prompt(static_cast<size_t>(options_.prompt_tokens));
      for (const SequenceId id : sequences_) {
        std::generate(prompt.begin(), prompt.end(), [this] { return random_token(); });
        RETURN_IF_ERROR(model_.scheduler().push(id, prompt));
      }
      RETURN_IF_ERROR(drain());
      result.prompt_rates.push_back(rate(options_.prompt_tokens, prompt_start));
    }
    const int64_t generate_start = now_ns();
    for (int64_t i = 0; i < options_.generate_tokens; ++i) {
      for (const SequenceId id : sequences_) {
        const int32_t token = random_token();
        RETURN_IF_ERROR(model_.scheduler().push(id, std::span(&token, 1)));
      }
      RETURN_IF_ERROR(drain());
    }
    if (options_.generate_tokens > 0)
      result.generate_rates.push_back(rate(options_.generate_tokens, generate_start));
    return {};
  }

  double rate(int64_t tokens, int64_t start_ns) const {
    return static_cast<double>(tokens * options_.sequences) /
           (static_cast<double>(now_ns() - start_ns) * 1e-9);
  }

  TextModel& model_;
  const ModelBenchOptions& options_;
  std::mt19937_64 engine_;
  std::vector<SequenceId> sequences_;
};

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Result<ModelBenchResult> bench_model(TextModel& model, const ModelBenchOptions& options,
                                     const std::function<void(int32_t run)>& progress) {
  if (options.prompt_tokens + options.generate_tokens > model.context_length()) {
    return bad_input("bench: {} + {} tokens do not fit the context of {}; raise --ctx", options.prompt_tokens,
                     options.generate_tokens, model.context_length());
  }
  Bench bench(model, options);
  ModelBenchResult uncounted;
  RETURN_IF_ERROR(bench.run(uncounted));
  ModelBenchResult result;
  for (int32_t i = 0; i < options.repeat; ++i) {
    if (progress) progress(i);
    RETURN_IF_ERROR(bench.run(result));
  }
  return result;
}

}  // namespace nagare

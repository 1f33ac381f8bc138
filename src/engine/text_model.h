// A language model, loaded: file, vocabulary, template, graph, executor. What the belt carries text with;
// sessions (text_session.h) run on it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "engine/find_model.h"
#include "engine/scheduler.h"
#include "formats/gguf/gguf_file.h"
#include "graph/executor.h"
#include "models/model.h"
#include "output/grammar/token_trie.h"
#include "prepare/chat_template/chat_template.h"
#include "prepare/tokenizer/tokenizer.h"
#include "solve/selector.h"
#include "trace/tracer.h"

namespace nagare {

struct TextModelOptions {
  int threads = 0;             // 0: one per usable core
  int64_t context_length = 0;  // tokens of one sequence; 0: what the model was trained for, at most 4096
  int32_t sequences = 1;       // that may be open at once
  // Of the cached keys and values; none: f32 where those of a token are few, so that a small model's answers
  // do not hang on their rounding, else f16.
  std::optional<DType> kv_dtype;
  SelectionPolicy policy;
  int64_t memory_bytes = 0;    // that may be taken; 0: what the system has to give
  bool check_weights = false;  // refuse NaN and infinite weights (reads the whole file)
  bool use_perf_db = true;
  int64_t encoder_tokens = 0;  // the longest text of an encoder, which sees it in one step; at least 512
  // Solvers that may crash may be tried, in child processes: for programs that call maybe_run_trial()
  // (trial_entry.h) first. Others leave such solvers out.
  bool isolate = false;
  // Told how far the find before the run is (policy.find); false stops it. May be empty.
  std::function<bool(const FindProgress&)> find_progress{};
  // Off: refuses nothing for lack of memory and lays out no weights before the first step. For explain and
  // find, which take none.
  bool prepare = true;
  bool trace = false;  // records events from the beginning: loading is a station too
};

// What a model takes, known before its weights are loaded. The file's own pages are not counted: repacked
// weights give theirs back, and those of an embedding belong to the page cache, which the system may empty.
struct MemoryEstimate {
  int64_t file_bytes = 0;
  int64_t weight_bytes = 0;      // converted and repacked copies
  int64_t activation_bytes = 0;  // of the largest step
  int64_t kv_bytes = 0;          // when every sequence has filled its context
  int64_t context_length = 0;    // that kv_bytes are for
  int64_t available_bytes = 0;   // to this process: free memory or what a limit leaves
  int64_t needed_bytes() const { return weight_bytes + activation_bytes + kv_bytes; }
  bool fits() const { return needed_bytes() <= available_bytes; }
};

// A model file as it would be loaded.
struct ModelOutline {
  ModelDescription description;  // its graph is gone
  int64_t context_length = 0;
  DType kv_dtype = DType::kF16;
  MemoryEstimate memory;
};

class TextModel {
 public:
  // Describes the model and reckons what it takes; loads nothing.
  static Result<ModelOutline> outline(const std::filesystem::path& path, const TextModelOptions& options);

  // Opens the file and describes the model; refuses where memory does not suffice, with the numbers and a
  // smaller choice. `before_loading` (may be empty) is told the estimate first.
  static Result<std::unique_ptr<TextModel>> load(
      const std::filesystem::path& path, const TextModelOptions& options,
      const std::function<void(const MemoryEstimate&)>& before_loading);

  const GgufFile& file() const { return file_; }
  const ModelDescription& description() const { return description_; }  // its graph has moved to the executor
  const Vocab& vocab() const { return *vocab_; }
  const std::shared_ptr<const Vocab>& shared_vocab() const { return vocab_; }
  const Tokenizer& tokenizer() const { return *tokenizer_; }
  // For answers that are held to a grammar; built when first asked for.
  std::shared_ptr<const TokenTrie> token_trie();
  // Null where the file brings none.
  const chat_template::ChatTemplate* chat_template() const {
    return chat_template_ ? &*chat_template_ : nullptr;
  }
  const Device& device() const { return *device_; }
  Selector& selector() { return *selector_; }
  PerfDb* perf_db() { return perf_db_ ? &*perf_db_ : nullptr; }
  Tracer& tracer() { return tracer_; }
  Executor& executor() { return *executor_; }
  Scheduler& scheduler() { return *scheduler_; }
  int64_t context_length() const { return context_length_; }
  const MemoryEstimate& memory() const { return memory_; }
  const FindReport& find_report() const { return find_report_; }  // of the find before the run
  double load_seconds() const { return load_seconds_; }

  // An error where the file was cut short on disk while it was in use: what was computed since is not to be
  // trusted.
  Status check_intact() const;

 private:
  explicit TextModel(GgufFile file) : file_(std::move(file)) {}
  Status open(const TextModelOptions& options,
              const std::function<void(const MemoryEstimate&)>& before_loading);
  Status describe(const TextModelOptions& options);
  KvCapacity kv_capacity(const TextModelOptions& options) const;
  Status estimate_memory(const TextModelOptions& options);
  Status check_memory() const;
  LabelId load_label(const char* what);
  Status open_text(const TextModelOptions& options);
  Status open_executor(const TextModelOptions& options);
  Status open_cache(const TextModelOptions& options);
  Status find_before_run(const TextModelOptions& options);

  GgufFile file_;
  ModelDescription description_;
  std::shared_ptr<const Vocab> vocab_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::shared_ptr<const TokenTrie> token_trie_;
  std::optional<chat_template::ChatTemplate> chat_template_;
  std::unique_ptr<Device> device_;
  std::optional<PerfDb> perf_db_;
  std::unique_ptr<Selector> selector_;
  Tracer tracer_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<Scheduler> scheduler_;
  MemoryEstimate memory_;
  FindReport find_report_;
  int64_t context_length_ = 0;
  double load_seconds_ = 0;
};

}  // namespace nagare

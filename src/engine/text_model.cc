#include "engine/text_model.h"

#include <algorithm>

#include "base/clock.h"
#include "base/out_of_memory.h"
#include "engine/read_ahead.h"
#include "formats/gguf/check_finite.h"
#include "formats/gguf/gguf_split.h"
#include "ops/op_list.h"
#include "prepare/tokenizer/vocab_from_gguf.h"
#include "solve/child_trial.h"

namespace nagare {
namespace {

constexpr int64_t kDefaultContext = 4096;

// As many bytes of keys and values of one token a small model may have in f32; 4096 tokens then take 64 MB.
constexpr int64_t kFewTokenBytes = 16 << 10;

DType usual_kv_dtype(const Graph& graph) {
  int64_t token_bytes = 0;
  for (const KvLayer& layer : kv_layers_of(graph, DType::kF32))
    token_bytes += layer.page_bytes / kKvPageTokens;
  return token_bytes <= kFewTokenBytes ? DType::kF32 : DType::kF16;
}

std::string megabytes(int64_t bytes) {
  return fmt::format("{:.0f} MB", static_cast<double>(bytes) / 1e6);
}

// Positions that the model has, where it learned them as a table; 0: any.
int64_t learned_positions(const Graph& graph) {
  for (const Node& node : graph.nodes()) {
    if (!std::holds_alternative<EmbedNode>(node.attributes)) continue;
    if (graph.value(node.inputs[0].value).kind == ValueKind::kPositions) {
      return graph.value(node.inputs[1].value).constant_rows;
    }
  }
  return 0;
}

}  // namespace

Result<ModelOutline> TextModel::outline(const std::filesystem::path& path, const TextModelOptions& options) {
  return or_out_of_memory("describe the model", [&]() -> Result<ModelOutline> {
    ASSIGN_OR_RETURN(GgufFile file, open_gguf_model(path));
    TextModel model(std::move(file));
    RETURN_IF_ERROR(model.describe(options));
    return ModelOutline{.description = std::move(model.description_),
                        .context_length = model.context_length_,
                        .kv_dtype = model.executor_->options().kv_dtype,
                        .memory = model.memory_};
  });
}

Result<std::unique_ptr<TextModel>> TextModel::load(
    const std::filesystem::path& path, const TextModelOptions& options,
    const std::function<void(const MemoryEstimate&)>& before_loading) {
  return or_out_of_memory("load the model", [&]() -> Result<std::unique_ptr<TextModel>> {
    const int64_t start = now_ns();
    ASSIGN_OR_RETURN(GgufFile file, open_gguf_model(path));
    std::unique_ptr<TextModel> model(new TextModel(std::move(file)));
    model->tracer_.set_enabled(options.trace);
    model->tracer_.record({.label = model->load_label("map and check the file"),
                           .start_ns = start,
                           .duration_ns = now_ns() - start,
                           .bytes = static_cast<int64_t>(model->file_.file_bytes())});
    RETURN_IF_ERROR(model->open(options, before_loading));
    model->load_seconds_ = static_cast<double>(now_ns() - start) * 1e-9;
    return model;
  });
}

Status TextModel::describe(const TextModelOptions& options) {
  RETURN_IF_ERROR(check_policy(options.policy, all_ops()));
  if (options.check_weights) RETURN_IF_ERROR(check_finite(file_));
  ASSIGN_OR_RETURN(description_, describe_model(file_, {.context_length = options.context_length > 0
                                                                              ? options.context_length
                                                                              : kDefaultContext}));
  context_length_ = options.context_length > 0 ? options.context_length
                                               : std::min(description_.context_length, kDefaultContext);
  const int64_t positions = learned_positions(description_.graph);
  if (positions > 0 && context_length_ > positions) {
    return bad_input("the model learned {} positions and has none for a context of {}; use a smaller --ctx",
                     positions, context_length_);
  }
  RETURN_IF_ERROR(open_executor(options));
  return estimate_memory(options);
}

Status TextModel::open(const TextModelOptions& options,
                       const std::function<void(const MemoryEstimate&)>& before_loading) {
  RETURN_IF_ERROR(describe(options));
  if (before_loading) before_loading(memory_);
  if (options.prepare) RETURN_IF_ERROR(check_memory());
  RETURN_IF_ERROR(open_text(options));
  return open_cache(options);
}

Status TextModel::check_memory() const {
  if (memory_.fits()) return {};
  // A cache grows with its context at most in proportion; one page is what a sequence has beyond it.
  const int64_t left = memory_.available_bytes - (memory_.needed_bytes() - memory_.kv_bytes);
  const int64_t context =
      memory_.kv_bytes == 0 ? 0 : context_length_ * std::max<int64_t>(0, left) / memory_.kv_bytes;
  const int64_t pages = context / kKvPageTokens - 1;
  if (pages < 1) {
    return out_of_memory(
        "the model needs {} of memory, {} are free; use one with fewer parameters or fewer bits per weight",
        megabytes(memory_.needed_bytes()), megabytes(memory_.available_bytes));
  }
  return out_of_memory(
      "the model needs {} of memory ({} of it for a context of {} tokens), {} are free; --ctx {} would fit",
      megabytes(memory_.needed_bytes()), megabytes(memory_.kv_bytes), context_length_,
      megabytes(memory_.available_bytes), pages * kKvPageTokens);
}

KvCapacity TextModel::kv_capacity(const TextModelOptions& options) const {
  return {.context_length = context_length_,
          .sequences = options.sequences,
          .step_tokens = executor_->options().max_tokens};
}

Status TextModel::estimate_memory(const TextModelOptions& options) {
  ASSIGN_OR_RETURN(const ExecutorMemory executor, executor_->memory_needed());
  memory_ = {
      .file_bytes = static_cast<int64_t>(file_.file_bytes()),
      .weight_bytes = executor.weight_bytes,
      .activation_bytes = executor.activation_bytes,
      .kv_bytes = kv_cache_bytes(executor_->kv_layers(), kv_capacity(options)),
      .context_length = context_length_,
      .available_bytes = options.memory_bytes > 0 ? options.memory_bytes : available_memory_bytes(),
  };
  return {};
}

LabelId TextModel::load_label(const char* what) {
  return tracer_.add_label({.station = Station::kLoad, .name = what, .solver = {}, .problem = {}});
}

Status TextModel::open_text(const TextModelOptions&) {
  const TraceScope scope(tracer_, load_label("vocabulary and template"));
  ASSIGN_OR_RETURN(Vocab vocab, vocab_from_gguf(file_));
  if (vocab.size() > description_.vocabulary_size) {
    return bad_input("model: the vocabulary has {} tokens, the output {} rows", vocab.size(),
                     description_.vocabulary_size);
  }
  vocab_ = std::make_shared<const Vocab>(std::move(vocab));
  ASSIGN_OR_RETURN(tokenizer_, Tokenizer::create(vocab_));
  ASSIGN_OR_RETURN(const std::string_view source, file_.string_or("tokenizer.chat_template", ""));
  if (!source.empty()) {
    ASSIGN_OR_RETURN(chat_template_, chat_template::ChatTemplate::parse(source, "chat template"));
  }
  return {};
}

Status TextModel::open_executor(const TextModelOptions& options) {
  ASSIGN_OR_RETURN(device_, Device::open_cpu(options.threads));
  if (options.use_perf_db) perf_db_ = PerfDb::open_default(device_->traits().fingerprint());
  selector_ = std::make_unique<Selector>(device_->traits(), perf_db(), options.policy);
  if (options.isolate) selector_->set_try_out(child_try_out({.threads = device_->traits().threads}));
  const auto release = [this](const std::byte* data, int64_t bytes) {
    for (const GgufTensor& tensor : file_.tensors()) {
      const bool inside = tensor.view.data >= data && tensor.view.data + tensor.view.bytes() <= data + bytes;
      if (inside) file_.release_pages(tensor);
    }
  };
  const DType kv_dtype = options.kv_dtype ? *options.kv_dtype : usual_kv_dtype(description_.graph);
  ExecutorOptions executor_options{.kv_dtype = kv_dtype};
  if (description_.embeds) {
    executor_options.max_tokens = std::max(executor_options.max_tokens, options.encoder_tokens);
    executor_options.max_outputs = executor_options.max_tokens;
  }
  ASSIGN_OR_RETURN(executor_, Executor::create(std::move(description_.graph), *device_, *selector_, tracer_,
                                               executor_options, release));
  return {};
}

Status TextModel::open_cache(const TextModelOptions& options) {
  ASSIGN_OR_RETURN(KvCache cache, KvCache::create(executor_->kv_layers(), kv_capacity(options)));
  scheduler_ = std::make_unique<Scheduler>(*executor_, std::move(cache), context_length_, options.sequences);
  RETURN_IF_ERROR(find_before_run(options));
  if (!options.prepare) return {};
  const TraceScope scope(tracer_, load_label("choose solvers, lay out weights"));
  const ReadAhead ahead(file_, executor_->graph());
  return executor_->prepare(1, 1);
}

// Where nothing can be kept, the next run would measure again, and might choose otherwise: better not to.
Status TextModel::find_before_run(const TextModelOptions& options) {
  if (options.policy.find == FindMode::kOff || !perf_db_ || !perf_db_->is_kept()) return {};
  const TraceScope scope(tracer_, load_label("find solvers"));
  const double quick_seconds = quick_find_seconds(memory_.file_bytes);
  ASSIGN_OR_RETURN(
      find_report_,
      find_for_model(*executor_, *device_, *selector_, *perf_db_,
                     {.mode = options.policy.find,
                      .budget_seconds = options.policy.find == FindMode::kQuick ? quick_seconds : 0,
                      .weight_bytes = memory_.file_bytes,
                      .isolate = options.isolate,
                      .progress = options.find_progress}));
  return {};
}

std::shared_ptr<const TokenTrie> TextModel::token_trie() {
  if (token_trie_ == nullptr) token_trie_ = std::make_shared<const TokenTrie>(*vocab_);
  return token_trie_;
}

Status TextModel::check_intact() const {
  if (!file_.damaged()) return {};
  return failure(
      "the model file was cut short while it was in use; what was computed from it is void: load it again");
}

}  // namespace nagare

#include "engine/text_model.h"

#include <algorithm>

#include "base/clock.h"
#include "formats/gguf/check_finite.h"
#include "prepare/tokenizer/vocab_from_gguf.h"

namespace nagare {
namespace {

constexpr int64_t kDefaultContext = 4096;

std::string megabytes(int64_t bytes) {
  return fmt::format("{:.0f} MB", static_cast<double>(bytes) / 1e6);
}

// Bytes of the keys and values of one token over all layers.
int64_t kv_bytes_per_token(const Graph& graph, DType kv_dtype) {
  int64_t bytes = 0;
  for (const Node& node : graph.nodes()) {
    const auto* attention = std::get_if<AttentionNode>(&node.attributes);
    if (attention != nullptr)
      bytes += kv_page_bytes(attention_problem(*attention, 1, 1, kv_dtype)) / kKvPageTokens;
  }
  return bytes;
}

}  // namespace

Result<std::unique_ptr<TextModel>> TextModel::load(
    const std::filesystem::path& path, const TextModelOptions& options,
    const std::function<void(const MemoryEstimate&)>& before_loading) {
  const int64_t start = now_ns();
  ASSIGN_OR_RETURN(GgufFile file, GgufFile::open(path));
  std::unique_ptr<TextModel> model(new TextModel(std::move(file)));
  RETURN_IF_ERROR(model->open(options, before_loading));
  model->load_seconds_ = static_cast<double>(now_ns() - start) * 1e-9;
  return model;
}

Status TextModel::open(const TextModelOptions& options,
                       const std::function<void(const MemoryEstimate&)>& before_loading) {
  if (options.check_weights) RETURN_IF_ERROR(check_finite(file_));
  ASSIGN_OR_RETURN(description_, describe_model(file_));
  context_length_ = options.context_length > 0 ? options.context_length
                                               : std::min(description_.context_length, kDefaultContext);
  RETURN_IF_ERROR(estimate_memory(options));
  if (before_loading) before_loading(memory_);
  if (!memory_.fits()) {
    return out_of_memory(
        "the model needs {} ({} of it for a context of {} tokens), {} are free; use a smaller --ctx or a "
        "model with fewer bits per weight",
        megabytes(memory_.needed_bytes()), megabytes(memory_.kv_bytes), context_length_,
        megabytes(memory_.available_bytes));
  }
  RETURN_IF_ERROR(open_text(options));
  return open_executor(options);
}

Status TextModel::estimate_memory(const TextModelOptions& options) {
  memory_.file_bytes = static_cast<int64_t>(file_.file_bytes());
  for (const GgufTensor& tensor : file_.tensors()) memory_.weight_bytes += tensor.view.bytes();
  memory_.kv_bytes =
      kv_bytes_per_token(description_.graph, options.kv_dtype) * context_length_ * options.sequences;
  memory_.available_bytes = available_memory_bytes();
  return {};
}

Status TextModel::open_text(const TextModelOptions&) {
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
  const auto release = [this](const std::byte* data, int64_t bytes) {
    for (const GgufTensor& tensor : file_.tensors()) {
      if (tensor.view.data == data && tensor.view.bytes() == bytes) file_.release_pages(tensor);
    }
  };
  ASSIGN_OR_RETURN(executor_, Executor::create(std::move(description_.graph), *device_, *selector_, tracer_,
                                               {.kv_dtype = options.kv_dtype}, release));
  const int64_t pages = ((context_length_ + kKvPageTokens - 1) / kKvPageTokens + 1) * options.sequences;
  ASSIGN_OR_RETURN(KvCache cache, KvCache::create(executor_->kv_page_bytes(), pages));
  scheduler_ = std::make_unique<Scheduler>(*executor_, std::move(cache), context_length_, options.sequences);
  return executor_->prepare(1, 1);
}

Status TextModel::check_intact() const {
  if (!file_.damaged()) return {};
  return failure(
      "the model file was cut short while it was in use; what was computed from it is void: load it again");
}

}  // namespace nagare

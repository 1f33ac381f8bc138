#include "engine/model_outputs.h"

#include <algorithm>
#include <vector>

#include "formats/npy/npy_file.h"

namespace nagare {
namespace {

Status run_to_the_end(TextModel& model, SequenceId sequence, std::span<const int32_t> tokens,
                      const std::function<Status(std::span<const float> row)>& on_row) {
  Scheduler& scheduler = model.scheduler();
  const auto width = static_cast<size_t>(model.executor().output_width());
  RETURN_IF_ERROR(scheduler.push(sequence, tokens, Wanted::kAll));
  while (scheduler.pending(sequence) > 0) {
    ASSIGN_OR_RETURN(const std::span<const StepOutput> outputs, scheduler.step());
    for (const StepOutput& output : outputs) {
      if (output.sequence == sequence) RETURN_IF_ERROR(on_row({output.logits, width}));
    }
  }
  return model.check_intact();
}

Status write_pooled(TextModel& model, std::span<const int32_t> tokens, Pooling pooling,
                    const std::filesystem::path& path) {
  std::vector<double> sum(static_cast<size_t>(model.executor().output_width()));
  int64_t rows = 0;
  const auto add = [&](std::span<const float> row) -> Status {
    if (rows == 0 || pooling == Pooling::kMean) {
      std::transform(sum.begin(), sum.end(), row.begin(), sum.begin(), std::plus<>());
    }
    ++rows;
    return {};
  };
  RETURN_IF_ERROR(model_outputs(model, tokens, add));
  const auto count = pooling == Pooling::kMean ? static_cast<double>(rows) : 1.0;
  std::vector<float> pooled(sum.size());
  std::transform(sum.begin(), sum.end(), pooled.begin(),
                 [count](double value) { return static_cast<float>(value / count); });
  return write_npy(path, Shape(pooled.size()), pooled);
}

}  // namespace

Result<Pooling> parse_pooling(std::string_view name) {
  if (name == "none") return Pooling::kNone;
  if (name == "mean") return Pooling::kMean;
  if (name == "cls") return Pooling::kCls;
  return bad_input("pooling '{}' is none of none, mean, cls", name);
}

TextModelOptions with_room_for_outputs(TextModelOptions options, int64_t tokens) {
  if (options.context_length == 0) options.context_length = tokens;
  options.encoder_tokens = tokens;
  return options;
}

Status model_outputs(TextModel& model, std::span<const int32_t> tokens,
                     const std::function<Status(std::span<const float> row)>& on_row) {
  if (tokens.empty()) return bad_input("there are no tokens to compute");
  const int64_t most = model.executor().options().max_outputs;
  if (model.description().embeds && static_cast<int64_t>(tokens.size()) > most) {
    return bad_input("an encoder sees its text at once: at most {} tokens here, not {}", most, tokens.size());
  }
  ASSIGN_OR_RETURN(const SequenceId sequence, model.scheduler().open());
  const Status status = run_to_the_end(model, sequence, tokens, on_row);
  model.scheduler().close(sequence);
  return status;
}

Status write_model_outputs(TextModel& model, std::span<const int32_t> tokens, Pooling pooling,
                           const std::filesystem::path& path) {
  const bool embeds = model.description().embeds;
  if (pooling != Pooling::kNone && !embeds) {
    return bad_input("logits: --pooling is for encoders; {} models give logits",
                     model.description().architecture);
  }
  if (pooling != Pooling::kNone) return write_pooled(model, tokens, pooling, path);
  ASSIGN_OR_RETURN(NpyWriter writer,
                   NpyWriter::create(path, Shape(tokens.size(), model.executor().output_width())));
  RETURN_IF_ERROR(
      model_outputs(model, tokens, [&writer](std::span<const float> row) { return writer.append(row); }));
  return writer.commit();
}

}  // namespace nagare

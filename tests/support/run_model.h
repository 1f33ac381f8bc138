// A model file, run from tests: described, bound, fed with tokens.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <vector>

#include "engine/scheduler.h"
#include "models/model.h"

namespace nagare::test {

struct RunnableModel {
  std::unique_ptr<GgufFile> file;
  std::unique_ptr<Device> device;
  std::unique_ptr<Selector> selector;
  std::unique_ptr<Tracer> tracer = std::make_unique<Tracer>();
  std::unique_ptr<Executor> executor;
};

struct RunOptions {
  int threads = 1;
  DType kv_dtype = DType::kF32;
  int64_t context_length = 0;  // that the model is described for
};

inline Result<RunnableModel> make_runnable(GgufFile file, const RunOptions& options) {
  RunnableModel model;
  model.file = std::make_unique<GgufFile>(std::move(file));
  ASSIGN_OR_RETURN(ModelDescription description,
                   describe_model(*model.file, {.context_length = options.context_length}));
  ASSIGN_OR_RETURN(model.device, Device::open_cpu(options.threads));
  model.selector =
      std::make_unique<Selector>(model.device->traits(), nullptr, SelectionPolicy{.find = FindMode::kOff});
  ASSIGN_OR_RETURN(model.executor,
                   Executor::create(std::move(description.graph), *model.device, *model.selector,
                                    *model.tracer, {.kv_dtype = options.kv_dtype}, {}));
  return model;
}

inline Result<Scheduler> make_scheduler(RunnableModel& model, int64_t context_length, int32_t sequences) {
  ASSIGN_OR_RETURN(KvCache cache,
                   KvCache::create(model.executor->kv_layers(),
                                   {.context_length = context_length, .sequences = sequences}));
  return Scheduler(*model.executor, std::move(cache), context_length, sequences);
}

// What the model gives for every token [tokens, width], with the text computed in pieces of that length.
inline Result<std::vector<float>> outputs_of(RunnableModel& model, std::span<const int32_t> tokens,
                                             size_t piece) {
  ASSIGN_OR_RETURN(Scheduler scheduler, make_scheduler(model, 128, 1));
  ASSIGN_OR_RETURN(const SequenceId id, scheduler.open());
  std::vector<float> all;
  for (size_t at = 0; at < tokens.size(); at += piece) {
    RETURN_IF_ERROR(
        scheduler.push(id, tokens.subspan(at, std::min(piece, tokens.size() - at)), Wanted::kAll));
    while (!scheduler.idle()) {
      ASSIGN_OR_RETURN(const std::span<const StepOutput> outputs, scheduler.step());
      for (const StepOutput& output : outputs)
        all.insert(all.end(), output.logits, output.logits + model.executor->output_width());
    }
  }
  return all;
}

}  // namespace nagare::test

// In a test body: skips where the machine lacks the instruction set that NAGARE_CPU asks for.
#define NAGARE_SKIP_WITHOUT_CPU()                                                                  \
  do {                                                                                             \
    if (const auto cpu = ::nagare::Device::open_cpu(1); !cpu) GTEST_SKIP() << cpu.error().message; \
  } while (false)

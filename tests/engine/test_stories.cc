// The greedy text of a small trained model: the same letter for letter whatever the instruction set, the
// number of threads, the pieces that the prompt comes in, and the other sequences of the batch.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

#include "output/detokenize/detokenizer.h"
#include "prepare/tokenizer/tokenizer.h"
#include "prepare/tokenizer/vocab_from_gguf.h"
#include "support/run_model.h"
#include "support/test_data.h"

namespace nagare {
namespace {

constexpr size_t kTokens = 200;
constexpr std::string_view kPrompt = "Once upon a time";

// NAGARE_CPU for as long as it lives; what the test program was started with afterwards.
class ForcedCpu {
 public:
  explicit ForcedCpu(const char* level) {
    if (const char* before = std::getenv("NAGARE_CPU")) before_ = before;
    setenv("NAGARE_CPU", level, 1);
  }
  ~ForcedCpu() {
    if (before_) {
      setenv("NAGARE_CPU", before_->c_str(), 1);
    } else {
      unsetenv("NAGARE_CPU");
    }
  }
  ForcedCpu(const ForcedCpu&) = delete;
  ForcedCpu& operator=(const ForcedCpu&) = delete;

 private:
  std::optional<std::string> before_;
};

struct Telling {
  int threads = 1;
  DType kv_dtype = DType::kF16;
  size_t piece = 100;     // tokens of the prompt that are pushed at once
  int32_t sequences = 1;  // that tell the story, each beginning two steps after the one before
};

struct Storyteller {
  SequenceId id = 0;
  size_t fed = 0;  // tokens of the prompt
  std::vector<int32_t> told;
};

int32_t argmax(const float* logits, int64_t count) {
  return static_cast<int32_t>(std::max_element(logits, logits + count) - logits);
}

// Pushes the next piece of the prompt where all before it is computed.
Status feed(Scheduler& scheduler, Storyteller& teller, std::span<const int32_t> prompt, size_t piece) {
  if (teller.fed == prompt.size() || scheduler.pending(teller.id) > 0) return {};
  const auto next = prompt.subspan(teller.fed, std::min(piece, prompt.size() - teller.fed));
  teller.fed += next.size();
  return scheduler.push(teller.id, next);
}

Status take(Scheduler& scheduler, Storyteller& teller, const StepOutput& output, int64_t width,
            size_t prompt_tokens) {
  if (teller.fed < prompt_tokens) return {};
  const int32_t token = argmax(output.logits, width);
  teller.told.push_back(token);
  return teller.told.size() < kTokens ? scheduler.push(teller.id, std::span(&token, 1)) : Status();
}

Result<std::vector<Storyteller>> tell(test::RunnableModel& model, std::span<const int32_t> prompt,
                                      const Telling& how) {
  ASSIGN_OR_RETURN(Scheduler scheduler, test::make_scheduler(model, 256, how.sequences));
  std::vector<Storyteller> tellers(static_cast<size_t>(how.sequences));
  for (Storyteller& teller : tellers) {
    ASSIGN_OR_RETURN(teller.id, scheduler.open());
  }
  for (size_t step = 0; step == 0 || !scheduler.idle(); ++step) {
    for (size_t i = 0; i < tellers.size() && 2 * i <= step; ++i)
      RETURN_IF_ERROR(feed(scheduler, tellers[i], prompt, how.piece));
    ASSIGN_OR_RETURN(const std::span<const StepOutput> outputs, scheduler.step());
    for (const StepOutput& output : outputs) {
      Storyteller& teller = tellers[static_cast<size_t>(output.sequence)];
      RETURN_IF_ERROR(take(scheduler, teller, output, model.executor->output_width(), prompt.size()));
    }
    for (size_t i = 0; i < tellers.size() && 2 * i <= step; ++i)
      RETURN_IF_ERROR(feed(scheduler, tellers[i], prompt, how.piece));
  }
  return tellers;
}

Result<std::shared_ptr<const Vocab>> vocab_of(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(const GgufFile file, GgufFile::open(path));
  ASSIGN_OR_RETURN(Vocab vocab, vocab_from_gguf(file));
  return std::make_shared<const Vocab>(std::move(vocab));
}

// The texts that all sequences of one telling give, which are one text.
Result<std::string> story(const std::filesystem::path& path, const char* cpu, const Telling& how) {
  const ForcedCpu forced(cpu);
  ASSIGN_OR_RETURN(const auto vocab, vocab_of(path));
  ASSIGN_OR_RETURN(const auto tokenizer, Tokenizer::create(vocab));
  ASSIGN_OR_RETURN(const std::vector<int32_t> prompt, tokenizer->encode(kPrompt, {.add_bos = true}));
  ASSIGN_OR_RETURN(GgufFile file, GgufFile::open(path));
  ASSIGN_OR_RETURN(auto model,
                   test::make_runnable(std::move(file), {.threads = how.threads, .kv_dtype = how.kv_dtype}));
  ASSIGN_OR_RETURN(const auto tellers, tell(model, prompt, how));
  std::string text;
  Detokenizer detokenizer(vocab, {});
  for (const std::vector<int32_t>& part : {prompt, tellers[0].told}) {
    for (const int32_t token : part) {
      ASSIGN_OR_RETURN(const std::string_view piece, detokenizer.push(token));
      text += piece;
    }
  }
  for (const Storyteller& teller : tellers) {
    if (teller.told != tellers[0].told) return failure("sequence {} tells another story", teller.id);
  }
  return text;
}

std::vector<const char*> instruction_sets() {
  std::vector<const char*> sets;
  for (const char* level : {"generic", "avx2", "avx512"}) {
    const ForcedCpu forced(level);
    if (Device::open_cpu(1)) sets.push_back(level);
  }
  return sets;
}

class Stories : public testing::TestWithParam<const char*> {};

TEST_P(Stories, AreTheSameUnderEveryInstructionSet) {
  const auto path = NAGARE_TEST_DATA_OR_SKIP("llm/stories260K") / (std::string(GetParam()) + ".gguf");
  const auto want = story(path, "generic", {});
  ASSERT_TRUE(want) << want.error().message;
  EXPECT_GT(want->size(), 400u);
  EXPECT_TRUE(want->starts_with(kPrompt)) << *want;
  for (const char* cpu : instruction_sets()) {
    const auto got = story(path, cpu, {.threads = 2});
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(*got, *want) << cpu;
  }
}

TEST_P(Stories, AreTheSameInPiecesAndInABatch) {
  const auto path = NAGARE_TEST_DATA_OR_SKIP("llm/stories260K") / (std::string(GetParam()) + ".gguf");
  for (const char* cpu : instruction_sets()) {
    const auto want = story(path, cpu, {});
    ASSERT_TRUE(want) << want.error().message;
    for (const Telling& how : {Telling{.threads = 3, .piece = 1}, Telling{.threads = 2, .piece = 3},
                               Telling{.sequences = 8}, Telling{.threads = 2, .piece = 2, .sequences = 8}}) {
      const auto got = story(path, cpu, how);
      ASSERT_TRUE(got) << got.error().message;
      EXPECT_EQ(*got, *want) << cpu << ", pieces of " << how.piece << ", sequences " << how.sequences;
    }
  }
}

// What other programs tell: llama2.c in float32, and llama.cpp, whose text stops a little earlier.
TEST_P(Stories, AreThoseOfOtherPrograms) {
  const auto folder = NAGARE_TEST_DATA_OR_SKIP("llm/stories260K");
  std::stringstream known;
  known << std::ifstream(folder / "greedy-llama2c.txt").rdbuf();
  const auto got = story(folder / (std::string(GetParam()) + ".gguf"), "generic", {});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_TRUE(known.str().starts_with(*got)) << *got;
}

INSTANTIATE_TEST_SUITE_P(Files, Stories,
                         testing::Values("stories260K-F32", "stories260K-F16", "stories260K-Q4_K_M",
                                         "stories260K-ffn256-F32", "stories260K-ffn256-F16",
                                         "stories260K-ffn256-Q8_0", "stories260K-ffn256-Q4_0",
                                         "stories260K-ffn256-Q4_K_M"),
                         [](const auto& param) {
                           std::string name = param.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace nagare

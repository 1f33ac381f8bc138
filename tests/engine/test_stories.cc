// The greedy text of a small trained model: the same letter for letter whatever the instruction set, the
// number of threads, the pieces that the prompt comes in, and the other sequences of the batch.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "output/detokenize/detokenizer.h"
#include "prepare/tokenizer/tokenizer.h"
#include "prepare/tokenizer/vocab_from_gguf.h"
#include "support/run_model.h"
#include "support/test_data.h"

namespace nagare {
namespace {

constexpr std::string_view kPrompt = "Once upon a time";

struct Telling {
  size_t tokens = 200;
  int threads = 1;
  DType kv_dtype = DType::kF32;
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

// The next token, where this was the last piece of the prompt or a token of the answer.
Status take(Scheduler& scheduler, Storyteller& teller, int32_t token, size_t tokens) {
  teller.told.push_back(token);
  return teller.told.size() < tokens ? scheduler.push(teller.id, std::span(&token, 1)) : Status();
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
      if (teller.fed < prompt.size()) continue;
      const int32_t token = argmax(output.logits, model.executor->output_width());
      RETURN_IF_ERROR(take(scheduler, teller, token, how.tokens));
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
Result<std::string> story(const std::filesystem::path& path, const Telling& how) {
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

std::string test_name(std::string file) {
  std::replace(file.begin(), file.end(), '-', '_');
  return file;
}

// What llama.cpp tells with the weights of 8 bits; so do these weights with exact activations.
constexpr std::string_view kStoryOfQ8 =
    "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. "
    "One day, she saw a big, red ball. She wanted to play with it, but it was too high.\n"
    "Lily's mom said, \"Lily, let's go to the park.\" Lily was sad and didn't know what to do. She "
    "said, \"I want to play with my ball.\" Her mom said, \"I want to play with you, Lily. We can't "
    "find it.\"\n"
    "Lily was sad and didn't know what to do. She said, \"I'm sorry, Lily. I didn't know what to do.\""
    " Her mom said,";

struct Known {
  const char* file;
  bool quantised;
};

class KnownStories : public testing::TestWithParam<Known> {};

TEST_P(KnownStories, AreTheSameLetterForLetter) {
  NAGARE_SKIP_WITHOUT_CPU();
  const auto folder = NAGARE_TEST_DATA_OR_SKIP("llm/stories260K");
  std::stringstream known;
  known << std::ifstream(folder / "greedy-llamacpp.txt").rdbuf();
  std::string want = known.str();
  want = GetParam().quantised ? std::string(kStoryOfQ8) : want.substr(1, want.find_last_not_of('\n'));
  const std::filesystem::path file = folder / (std::string(GetParam().file) + ".gguf");
  for (const int threads : {1, 2}) {
    const auto got = story(file, {.threads = threads});
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(*got, want) << threads << " threads";
  }
}

INSTANTIATE_TEST_SUITE_P(Files, KnownStories,
                         testing::Values(Known{"stories260K-F32", false}, Known{"stories260K-F16", false},
                                         Known{"stories260K-ffn256-F32", false},
                                         Known{"stories260K-ffn256-F16", false},
                                         Known{"stories260K-ffn256-Q8_0", true}),
                         [](const auto& param) { return test_name(param.param.file); });

class Stories : public testing::TestWithParam<const char*> {};

TEST_P(Stories, DoNotDependOnPiecesBatchOrThreads) {
  NAGARE_SKIP_WITHOUT_CPU();
  const auto path = NAGARE_TEST_DATA_OR_SKIP("llm/stories260K") / (std::string(GetParam()) + ".gguf");
  const auto want = story(path, {.tokens = 72, .kv_dtype = DType::kF16});
  ASSERT_TRUE(want) << want.error().message;
  EXPECT_GT(want->size(), 100u) << *want;
  for (Telling how : {Telling{}, Telling{.threads = 2}, Telling{.threads = 3, .piece = 1},
                      Telling{.threads = 2, .piece = 2, .sequences = 8}}) {
    how.tokens = 72;
    how.kv_dtype = DType::kF16;
    const auto got = story(path, how);
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(*got, *want) << how.threads << " threads, pieces of " << how.piece << ", sequences "
                           << how.sequences;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Stories,
                         testing::Values("stories260K-F32", "stories260K-F16", "stories260K-Q4_K_M",
                                         "stories260K-ffn256-F32", "stories260K-ffn256-F16",
                                         "stories260K-ffn256-Q8_0", "stories260K-ffn256-Q4_0",
                                         "stories260K-ffn256-Q4_K_M"),
                         [](const auto& param) { return test_name(param.param); });

}  // namespace
}  // namespace nagare

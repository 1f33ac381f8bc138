// Whatever else is in a batch, however a text was cut into steps, whatever was found in the cache: a
// sequence's logits are the same bits as those of a sequence alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "engine/tiny_model.h"

namespace nagare {
namespace {

using tests::TinyModel;

const std::vector<int64_t> kNoWindows{0, 0};
const std::vector<int64_t> kWindows{70, 0, 70};
constexpr int64_t kContext = 700;

struct Belt {
  TinyModel model;
  std::unique_ptr<Executor> executor;
  std::unique_ptr<Scheduler> scheduler;

  // `keep_all`: layers with a window keep everything all the same.
  Belt(const std::vector<int64_t>& windows, int32_t sequences, int threads = 1, int64_t max_tokens = 128,
       bool keep_all = false)
      : model(windows) {
    executor = std::move(*model.executor(threads, max_tokens));
    std::vector<KvLayer> layers = executor->kv_layers();
    for (KvLayer& layer : layers) layer.window = keep_all ? 0 : layer.window;
    auto cache = KvCache::create(
        layers, {.context_length = kContext, .sequences = sequences, .step_tokens = max_tokens});
    scheduler = std::make_unique<Scheduler>(*executor, std::move(*cache), kContext, sequences);
  }

  std::vector<float> row(const StepOutput& output) const {
    return {output.logits, output.logits + executor->output_width()};
  }
  // Computes what waits and returns the last logits of the sequence.
  std::vector<float> finish(SequenceId id) {
    std::vector<float> last;
    while (scheduler->pending(id) > 0) {
      const auto outputs = scheduler->step();
      if (!outputs) return {};
      for (const StepOutput& output : *outputs) {
        if (output.sequence == id) last = row(output);
      }
    }
    return last;
  }
};

std::vector<int32_t> random_tokens(std::mt19937& engine, size_t count) {
  std::vector<int32_t> tokens(count);
  for (int32_t& token : tokens) token = static_cast<int32_t>(engine() % TinyModel::kVocabulary);
  return tokens;
}

// The logits after `tokens`, computed alone in one go.
std::vector<float> alone(Belt& belt, std::span<const int32_t> tokens) {
  const SequenceId id = *belt.scheduler->open();
  EXPECT_TRUE(belt.scheduler->push(id, tokens));
  std::vector<float> last = belt.finish(id);
  belt.scheduler->close(id);
  return last;
}

int32_t greedy(const std::vector<float>& logits) {
  return static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

// Sequences come with prompts of any length at any time, answer greedily, go back, and leave; each logits row
// is compared with that of the same tokens alone.
void random_arrivals(const std::vector<int64_t>& windows, int threads, uint32_t seed) {
  std::mt19937 engine(seed);
  Belt belt(windows, 5, threads, 64);
  Belt single(windows, 1, 1, 128, true);
  Scheduler& scheduler = *belt.scheduler;
  std::map<SequenceId, std::vector<int32_t>> open;
  const auto common = random_tokens(engine, 300);
  for (int step = 0; step < 60; ++step) {
    if (open.size() < 5 && engine() % 2 == 0) {
      const SequenceId id = *scheduler.open();
      // Half of the prompts begin like others.
      auto prompt =
          std::vector<int32_t>(common.begin(), common.begin() + static_cast<int64_t>(engine() % 250));
      const auto rest = random_tokens(engine, 1 + engine() % 100);
      prompt.insert(prompt.end(), rest.begin(), rest.end());
      ASSERT_TRUE(scheduler.push(id, prompt));
      open[id] = prompt;
    }
    const auto outputs = scheduler.step();
    ASSERT_TRUE(outputs) << outputs.error().message;
    std::vector<std::pair<SequenceId, std::vector<float>>> rows;
    for (const StepOutput& output : *outputs) rows.emplace_back(output.sequence, belt.row(output));
    for (const auto& [id, logits] : rows) {
      std::vector<int32_t>& tokens = open[id];
      ASSERT_EQ(logits, alone(single, tokens)) << "seed " << seed << ", step " << step;
      if (engine() % 8 == 0) {
        scheduler.close(id);
        open.erase(id);
        continue;
      }
      if (engine() % 6 == 0) {
        tokens.resize(1 + engine() % tokens.size());
        scheduler.truncate(id, static_cast<int64_t>(tokens.size()) - 1);
        tokens.back() = greedy(logits);
      } else {
        tokens.push_back(greedy(logits));
      }
      ASSERT_TRUE(scheduler.push(id, std::span(tokens).last(1)));
    }
  }
}

TEST(Scheduler, RandomArrivalsGiveEachSequenceItsOwnText) {
  for (uint32_t seed = 0; seed < 3; ++seed) random_arrivals(kNoWindows, 1, seed);
}

TEST(Scheduler, RandomArrivalsWithWindows) {
  for (uint32_t seed = 0; seed < 3; ++seed) random_arrivals(kWindows, 2, 10 + seed);
}

TEST(Scheduler, RandomArrivalsOnThreeThreads) {
  random_arrivals(kNoWindows, 3, 20);
}

TEST(Scheduler, ATextFarBeyondItsWindowsIsTheSameBits) {
  std::mt19937 engine(3);
  const auto tokens = random_tokens(engine, 690);
  Belt all(kWindows, 1, 1, 128, true);
  const std::vector<float> want = alone(all, tokens);
  for (const int64_t max_tokens : {16, 64, 256}) {
    Belt windowed(kWindows, 1, 1, max_tokens);
    EXPECT_LT(windowed.scheduler->cache().bytes(), all.scheduler->cache().bytes());
    EXPECT_EQ(alone(windowed, tokens), want) << max_tokens;
  }
}

TEST(Scheduler, DecodingIsTheSameBitsAsThePrompt) {
  std::mt19937 engine(4);
  const auto tokens = random_tokens(engine, 200);
  for (const auto& windows : {kNoWindows, kWindows}) {
    Belt belt(windows, 1);
    const std::vector<float> want = alone(belt, tokens);
    for (const int threads : {1, 2, 3}) {
      Belt other(windows, 1, threads);
      const SequenceId id = *other.scheduler->open();
      std::vector<float> last;
      for (const int32_t& token : tokens) {
        ASSERT_TRUE(other.scheduler->push(id, std::span(&token, 1)));
        last = other.finish(id);
      }
      EXPECT_EQ(last, want) << threads << " threads";
    }
  }
}

TEST(Scheduler, APrefixIsSharedAndChangesNothing) {
  std::mt19937 engine(5);
  const auto tokens = random_tokens(engine, 400);
  for (const auto& windows : {kNoWindows, kWindows}) {
    Belt belt(windows, 2);
    const std::vector<float> want = alone(belt, tokens);
    const SequenceId id = *belt.scheduler->open();
    ASSERT_TRUE(belt.scheduler->push(id, tokens));
    EXPECT_EQ(belt.scheduler->pending(id), 400 - 384);
    EXPECT_EQ(belt.finish(id), want);
  }
}

TEST(Scheduler, GoingBackChangesNothing) {
  std::mt19937 engine(6);
  auto tokens = random_tokens(engine, 500);
  for (const auto& windows : {kNoWindows, kWindows}) {
    Belt fresh(windows, 1);
    for (const size_t kept : {499, 470, 448, 300, 1}) {
      Belt belt(windows, 1);
      const SequenceId id = *belt.scheduler->open();
      ASSERT_TRUE(belt.scheduler->push(id, tokens));
      belt.finish(id);
      belt.scheduler->truncate(id, static_cast<int64_t>(kept));
      const auto more = random_tokens(engine, 30);
      ASSERT_TRUE(belt.scheduler->push(id, std::span(more).first(std::min<size_t>(30, 690 - kept))));
      std::vector<int32_t> whole(tokens.begin(), tokens.begin() + static_cast<int64_t>(kept));
      whole.insert(whole.end(), more.begin(), more.end());
      EXPECT_EQ(belt.finish(id), alone(fresh, whole)) << kept;
    }
  }
}

TEST(Scheduler, APromptPastTheContextIsRefusedWithBothNumbers) {
  Belt belt(kNoWindows, 1);
  const SequenceId id = *belt.scheduler->open();
  const std::vector<int32_t> tokens(kContext + 3, 1);
  const auto status = belt.scheduler->push(id, tokens);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kBadInput);
  EXPECT_NE(status.error().message.find("703"), std::string::npos) << status.error().message;
  EXPECT_NE(status.error().message.find("700"), std::string::npos);
  EXPECT_TRUE(belt.scheduler->tokens(id).empty()) << "nothing of it was taken";
}

TEST(Scheduler, TheWholeContextCanBeUsed) {
  Belt belt(kWindows, 1);
  const SequenceId id = *belt.scheduler->open();
  const std::vector<int32_t> tokens(kContext, 1);
  ASSERT_TRUE(belt.scheduler->push(id, tokens));
  EXPECT_FALSE(belt.finish(id).empty());
  EXPECT_FALSE(belt.scheduler->push(id, std::span(tokens).first(1)));
}

TEST(Scheduler, EveryOutputThatIsAskedForComesOnce) {
  std::mt19937 engine(8);
  const auto tokens = random_tokens(engine, 150);
  Belt belt(kNoWindows, 1);
  Belt single(kNoWindows, 1);
  const SequenceId id = *belt.scheduler->open();
  ASSERT_TRUE(belt.scheduler->push(id, tokens, Wanted::kAll));
  int64_t position = 0;
  while (!belt.scheduler->idle()) {
    const auto outputs = belt.scheduler->step();
    ASSERT_TRUE(outputs);
    for (const StepOutput& output : *outputs) {
      EXPECT_EQ(output.position, position++);
      if (position % 37 != 0) continue;
      EXPECT_EQ(belt.row(output), alone(single, std::span(tokens).first(static_cast<size_t>(position))));
    }
  }
  EXPECT_EQ(position, 150);
}

TEST(Scheduler, TooManySequencesAreAnError) {
  Belt belt(kNoWindows, 2);
  EXPECT_TRUE(belt.scheduler->open());
  EXPECT_TRUE(belt.scheduler->open());
  EXPECT_FALSE(belt.scheduler->open());
}

}  // namespace
}  // namespace nagare

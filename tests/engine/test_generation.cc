// Answers: proposed tokens change nothing but the time, grammars hold, text comes in whole characters.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "engine/answer_form.h"
#include "engine/text_session.h"
#include "support/test_data.h"

namespace nagare {
namespace {

std::unique_ptr<TextModel> load(const std::filesystem::path& path, int64_t context = 512,
                                int32_t sequences = 1) {
  auto model = TextModel::load(path,
                               {.threads = 1,
                                .context_length = context,
                                .sequences = sequences,
                                .policy = {.find = FindMode::kOff},
                                .use_perf_db = false},
                               {});
  if (!model) ADD_FAILURE() << model.error().message;
  return model ? std::move(*model) : nullptr;
}

std::unique_ptr<TextModel> guide(int64_t context = 512) {
  return load(test::source_folder() / "zoo" / "nagare-guide.gguf", context);
}

// An answer in a session of its own; each piece of its text must be whole characters.
GenerateResult answer(TextModel& model, std::string_view prompt, const GenerateOptions& options) {
  const auto session = TextSession::open(model);
  const auto tokens = (*session)->text_tokens(prompt);
  std::string shown;
  const auto result = (*session)->generate(
      *tokens, options,
      [&](std::string_view piece) {
        EXPECT_EQ(valid_utf8_prefix_bytes(piece), piece.size());
        EXPECT_FALSE(piece.empty());
        shown += piece;
      },
      nullptr);
  if (!result) {
    ADD_FAILURE() << result.error().message;
    return {};
  }
  EXPECT_EQ(shown, result->text);
  return *result;
}

constexpr std::array<std::string_view, 4> kPrompts{"What is inference? What is inference? What is",
                                                   "the line, the line, the line, the",
                                                   "1 2 3 4 5 1 2 3 4 5 1 2", "推論とは何ですか。推論とは"};

TEST(Generation, AnEncoderTellsNoText) {
  const auto model = load(NAGARE_TEST_DATA_OR_SKIP("llm/arch/bert") / "model.gguf", 64);
  const auto session = TextSession::open(*model);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::kUnsupported);
  EXPECT_NE(session.error().message.find("bert models are encoders"), std::string::npos)
      << session.error().message;
}

TEST(Generation, LookUpChangesNothingButTheTime) {
  const auto model = guide();
  int64_t accepted = 0;
  for (const std::string_view prompt : kPrompts) {
    for (const float temperature : {0.0f, 0.9f, 1.5f}) {
      GenerateOptions options{.max_tokens = 150, .ignore_end = true};
      options.sampler = {.temperature = temperature, .seed = 11};
      const GenerateResult plain = answer(*model, prompt, options);
      EXPECT_EQ(plain.proposed_tokens, 0);
      for (const int32_t most : {1, 5, 16, 32}) {
        options.lookup_tokens = most;
        const GenerateResult ahead = answer(*model, prompt, options);
        EXPECT_EQ(ahead.text, plain.text) << prompt << " at " << temperature;
        EXPECT_EQ(ahead.tokens, plain.tokens);
        EXPECT_LE(ahead.accepted_tokens, ahead.proposed_tokens);
        accepted += ahead.accepted_tokens;
      }
    }
  }
  EXPECT_GT(accepted, 200);
}

TEST(Generation, ADraftModelChangesNothingButTheTime) {
  const auto folder = NAGARE_TEST_DATA_OR_SKIP("llm/stories260K");
  const auto target = load(folder / "stories260K-ffn256-F32.gguf");
  const auto draft = load(folder / "stories260K-ffn256-Q4_0.gguf");
  ASSERT_TRUE(target != nullptr && draft != nullptr);
  int64_t accepted = 0;
  for (const std::string_view prompt : {"Once upon a time", "The dog", ""}) {
    for (const float temperature : {0.0f, 0.7f}) {
      GenerateOptions options{.max_tokens = 200, .ignore_end = true};
      options.sampler = {.temperature = temperature, .seed = 3};
      const GenerateResult plain = answer(*target, prompt, options);
      for (const int32_t most : {1, 4, 12}) {
        options.draft = draft.get();
        options.draft_tokens = most;
        const GenerateResult ahead = answer(*target, prompt, options);
        EXPECT_EQ(ahead.text, plain.text) << prompt << " at " << temperature;
        accepted += ahead.accepted_tokens;
        options.draft = nullptr;
      }
    }
  }
  EXPECT_GT(accepted, 500);
}

TEST(Generation, ADraftModelOfAnotherVocabularyIsRefused) {
  const auto folder = NAGARE_TEST_DATA_OR_SKIP("llm/stories260K");
  const auto target = guide();
  const auto draft = load(folder / "stories260K-F32.gguf");
  const auto session = TextSession::open(*target);
  const auto result = (*session)->generate(std::vector<int32_t>{1, 2}, {.draft = draft.get()}, {}, nullptr);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kBadInput);
  EXPECT_NE(result.error().message.find("vocabular"), std::string::npos);
}

TEST(Generation, ProposalsOutOfRangeAreRefused) {
  const auto model = guide();
  const auto session = TextSession::open(*model);
  for (const int32_t tokens : {-1, 33, 1 << 30}) {
    EXPECT_FALSE((*session)->generate(std::vector<int32_t>{1}, {.lookup_tokens = tokens}, {}, nullptr));
    EXPECT_FALSE((*session)->generate(std::vector<int32_t>{1}, {.draft_tokens = tokens}, {}, nullptr));
  }
}

// What a session computed ahead and threw away must not be in the way of what comes next.
TEST(Generation, ASessionGoesOnAfterProposals) {
  const auto model = guide();
  GenerateOptions options{.max_tokens = 40, .ignore_end = true, .lookup_tokens = 8};
  options.sampler.temperature = 0;
  const auto session = TextSession::open(*model);
  auto tokens = *(*session)->text_tokens(kPrompts[0]);
  for (int turn = 0; turn < 5; ++turn) {
    const auto result = (*session)->generate(tokens, options, {}, nullptr);
    ASSERT_TRUE(result) << result.error().message;
    const auto fresh = TextModel::load(
        test::source_folder() / "zoo" / "nagare-guide.gguf",
        {.threads = 1, .context_length = 512, .policy = {.find = FindMode::kOff}, .use_perf_db = false}, {});
    const auto alone = TextSession::open(**fresh);
    const auto expected = (*alone)->generate(
        tokens, {.sampler = options.sampler, .max_tokens = 40, .ignore_end = true}, {}, nullptr);
    ASSERT_TRUE(expected);
    EXPECT_EQ(result->text, expected->text) << "turn " << turn;
    tokens.insert(tokens.end(), result->tokens.begin(), result->tokens.end());
    const auto more = *(*session)->text_tokens(" And then?");
    tokens.insert(tokens.end(), more.begin(), more.end());
  }
}

constexpr std::string_view kSchema =
    R"({"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer","minimum":0,"maximum":150},
"tags":{"type":"array","items":{"enum":["a","b","漢字"]},"maxItems":3},"more":{"type":"object","additionalProperties":{"type":"number"}}},
"required":["name","age"]})";

TEST(Generation, ASchemaAlwaysGivesItsJson) {
  const auto model = guide();
  const auto grammar = grammar_from_schema(kSchema);
  ASSERT_TRUE(grammar) << grammar.error().message;
  for (uint64_t seed = 0; seed < 30; ++seed) {
    GenerateOptions options{.max_tokens = 20 + static_cast<int64_t>(seed) * 5, .grammar = *grammar};
    options.sampler = {.temperature = 1.5f, .top_k = 0, .top_p = 1, .min_p = 0, .seed = seed};
    options.lookup_tokens = seed % 2 == 0 ? 0 : 8;
    const GenerateResult result = answer(*model, "Tell me.", options);
    const auto json = nlohmann::json::parse(result.text, nullptr, false);
    ASSERT_FALSE(json.is_discarded()) << result.text;
    EXPECT_TRUE(json["name"].is_string()) << result.text;
    EXPECT_TRUE(json["age"].is_number_integer() && json["age"] >= 0 && json["age"] <= 150) << result.text;
    EXPECT_EQ(result.reason == StopReason::kEnd || result.reason == StopReason::kMaxTokens, true);
  }
}

TEST(Generation, ACompleteTextEndsTheAnswer) {
  const auto model = guide();
  const auto grammar = grammar_from_text("root ::= \"yes\" | \"no\"");
  ASSERT_TRUE(grammar);
  const GenerateResult result =
      answer(*model, "Is it?", {.sampler = {.temperature = 0}, .grammar = *grammar});
  EXPECT_TRUE(result.text == "yes" || result.text == "no") << result.text;
  EXPECT_EQ(result.reason, StopReason::kEnd);
  const GenerateResult none = answer(*model, "Is it?", {.grammar = *grammar_from_text("root ::= \"\"")});
  EXPECT_EQ(none.text, "");
  EXPECT_EQ(none.reason, StopReason::kEnd);
}

// Characters of several bytes come whole, whether the vocabulary has tokens for them or bytes only.
TEST(Generation, CharactersAreNeverCut) {
  const auto model = guide();
  const auto grammar =
      grammar_from_text("root ::= [\\u3040-\\u30ff\\u4e00-\\u9fff\\U0001F600-\\U0001F64F]{12}");
  ASSERT_TRUE(grammar);
  for (uint64_t seed = 0; seed < 10; ++seed) {
    GenerateOptions options{.grammar = *grammar};
    options.sampler = {.temperature = 2, .top_k = 0, .top_p = 1, .min_p = 0, .seed = seed};
    const GenerateResult result = answer(*model, "絵文字", options);
    EXPECT_EQ(result.text.find(kReplacementUtf8), std::string::npos);
    EXPECT_GE(result.text.size(), 36u);
  }
}

// The text up to the stop string is the same whether tokens were proposed or not, and no part of it is shown.
TEST(Generation, StopStringsAcrossTokensWithGrammarAndProposals) {
  const auto model = guide();
  const auto grammar = grammar_from_text("root ::= ([a-e] [x-z]? \" \"?)+");
  ASSERT_TRUE(grammar);
  int stopped = 0;
  for (uint64_t seed = 0; seed < 12; ++seed) {
    GenerateOptions options{.max_tokens = 120, .grammar = *grammar};
    options.sampler = {.temperature = 1.5f, .top_k = 0, .top_p = 1, .min_p = 0, .seed = seed};
    const GenerateResult whole = answer(*model, "a b c a b c", options);
    options.stops = {"cd", "e a", "bb"};
    size_t end = std::string::npos;
    for (const std::string& stop : options.stops) end = std::min(end, whole.text.find(stop));
    for (const int32_t most : {0, 4, 16}) {
      options.lookup_tokens = most;
      const GenerateResult result = answer(*model, "a b c a b c", options);
      EXPECT_EQ(result.text, whole.text.substr(0, end));
      stopped += result.reason == StopReason::kStopString ? 1 : 0;
    }
  }
  EXPECT_GT(stopped, 6);
}

TEST(Generation, AFullContextStillCompletesTheJson) {
  const auto model = guide(64);
  const auto grammar = json_object_grammar();
  ASSERT_TRUE(grammar);
  for (uint64_t seed = 0; seed < 10; ++seed) {
    GenerateOptions options{.grammar = *grammar};
    options.sampler = {.temperature = 1.5f, .top_k = 0, .top_p = 1, .min_p = 0, .seed = seed};
    const GenerateResult result = answer(*model, "JSON", options);
    EXPECT_TRUE(nlohmann::json::accept(result.text)) << result.text;
  }
}

// bad-inputs 44: what is no UTF-8 in a user's text becomes U+FFFD, a NUL stays one.
TEST(Generation, UserTextMayBeAnyBytes) {
  const auto model = guide();
  const auto session = TextSession::open(*model);
  const std::string hostile("a\xFF\xC0\x80\xED\xA0\x80\xE3\x81 b\0c\xF4\x90\x80\x80", 17);
  for (const auto& tokens : {(*session)->chat_tokens({{"system", hostile}, {"user", hostile}}),
                             (*session)->text_tokens(hostile)}) {
    ASSERT_TRUE(tokens) << tokens.error().message;
    for (const int32_t token : *tokens) EXPECT_TRUE(model->vocab().contains(token));
    std::string text;
    for (const int32_t token : *tokens) text += model->vocab().piece(token);
    EXPECT_EQ(valid_utf8_prefix_bytes(text), text.size());
    EXPECT_NE(text.find("a\uFFFD"), std::string::npos);
    EXPECT_NE(text.find(std::string("b\0c", 3)), std::string::npos);
    EXPECT_TRUE((*session)->generate(*tokens, {.max_tokens = 4}, {}, nullptr));
  }
}

TEST(AnswerForm, TokensAreNamedByNumberOrText) {
  const auto model = guide();
  const auto by_number = parse_token_bias(*model, "17:-2.5");
  ASSERT_TRUE(by_number);
  EXPECT_EQ(by_number->token, 17);
  EXPECT_EQ(by_number->bias, -2.5f);
  for (const char* wrong : {"", "17", "17:", ":3", "17:x", "999999999:1", "-1:1", "17:1x"}) {
    EXPECT_FALSE(parse_token_bias(*model, wrong)) << wrong;
  }
  EXPECT_NE(parse_token_bias(*model, "a long text of many words:1").error().message.find("tokens"),
            std::string::npos);
  const std::vector<std::string> breakers{"\n"};
  for (const int32_t id : tokens_with(model->vocab(), breakers)) {
    EXPECT_NE(model->vocab().piece(id).find('\n'), std::string_view::npos);
  }
}

}  // namespace
}  // namespace nagare

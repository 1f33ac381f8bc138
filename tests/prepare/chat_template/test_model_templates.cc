// The templates of real models with real conversations: every text byte for byte.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "prepare/chat_template/case_file.h"
#include "prepare/chat_template/chat_template.h"
#include "support/test_data.h"

namespace nagare::chat_template {
namespace {

using Json = nlohmann::ordered_json;

// The input of one case, with the clock and the special tokens that all cases share.
Json input_of(const Json& all, const Json& one) {
  Json input = one;
  input.erase("name");
  for (const char* shared : {"strftime_now", "bos_token", "eos_token", "unk_token", "pad_token"}) {
    input[shared] = all.at(shared);
  }
  return input;
}

TEST(ModelTemplates, EveryTextIsTheExpectedOne) {
  const auto folder = NAGARE_TEST_DATA_OR_SKIP("chat-templates");
  const Json all = Json::parse(test::read_text(folder / "cases.json"));
  size_t compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".jinja") continue;
    const std::string name = entry.path().stem().string();
    const Json expected = Json::parse(test::read_text(folder / (name + ".expected.json")));
    const auto parsed = ChatTemplate::parse(test::read_text(entry.path()), name);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    for (size_t i = 0; i < expected.size(); ++i) {
      const Json& one = all.at("cases").at(i);
      SCOPED_TRACE(name + ", " + one.at("name").get<std::string>());
      const auto input = TemplateInput::from_json(input_of(all, one));
      ASSERT_TRUE(input.has_value()) << input.error().message;
      const auto prompt = parsed->render_marked(*input);
      ++compared;
      if (expected[i].contains("error")) {
        EXPECT_FALSE(prompt.has_value());
        continue;
      }
      ASSERT_TRUE(prompt.has_value()) << prompt.error().message;
      EXPECT_EQ(prompt->text(), expected[i].at("text").get<std::string>());
      EXPECT_EQ(parsed->render(*input).value_or(""), prompt->text());
    }
  }
  EXPECT_GE(compared, 100u);
}

}  // namespace
}  // namespace nagare::chat_template

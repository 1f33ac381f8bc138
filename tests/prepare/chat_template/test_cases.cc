// Every feature of the language against what Jinja2's sandbox printed: the files under cases/.
#include <gtest/gtest.h>

#include <algorithm>

#include "prepare/chat_template/case_file.h"
#include "prepare/chat_template/chat_template.h"
#include "support/test_data.h"

namespace nagare::chat_template {
namespace {

std::vector<std::string> case_files() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(test::source_folder() / "tests/prepare/chat_template/cases")) {
    names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class CaseFile : public testing::TestWithParam<std::string> {};

TEST_P(CaseFile, RendersAsJinja2Does) {
  const auto path = test::source_folder() / "tests/prepare/chat_template/cases" / (GetParam() + ".txt");
  const auto cases = test::read_cases(path);
  ASSERT_FALSE(cases.empty()) << path;
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    const auto text = render_messages_file(one.source, one.name, one.input);
    if (one.is_error) {
      EXPECT_FALSE(text.has_value()) << "Jinja2 raises " << one.expected << "; here: " << *text;
      if (text) continue;
      EXPECT_EQ(text.error().message.find('\n'), std::string::npos) << text.error().message;
    } else if (text) {
      EXPECT_EQ(*text, one.expected);
    } else {
      ADD_FAILURE() << text.error().message << "; expected: " << one.expected;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, CaseFile, testing::ValuesIn(case_files()),
                         [](const auto& suite) { return suite.param; });

}  // namespace
}  // namespace nagare::chat_template

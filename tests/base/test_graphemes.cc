#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/graphemes.h"

namespace nagare {
namespace {

std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> found;
  for (size_t at = 0; at < text.size();) {
    const size_t next = next_grapheme(text, at);
    EXPECT_EQ(previous_grapheme(text, next), at);
    found.emplace_back(text.substr(at, next - at));
    at = next;
  }
  return found;
}

TEST(Graphemes, AreCharactersAsPeopleSeeThem) {
  using Characters = std::vector<std::string>;
  EXPECT_EQ(characters(""), Characters());
  EXPECT_EQ(characters("aé流"), (Characters{"a", "é", "流"}));
  EXPECT_EQ(characters("か\u3099x"), (Characters{"か\u3099", "x"}));
  EXPECT_EQ(characters("👩\u200d👩\u200d👧!"), (Characters{"👩\u200d👩\u200d👧", "!"}));
  EXPECT_EQ(characters("🇯🇵🇩🇪"), (Characters{"🇯🇵", "🇩🇪"}));
}

TEST(Graphemes, EndAtTheEnd) {
  EXPECT_EQ(next_grapheme("ab", 2), 2u);
  EXPECT_EQ(next_grapheme("ab", 7), 2u);
  EXPECT_EQ(previous_grapheme("ab", 0), 0u);
}

TEST(Graphemes, HaveAWidth) {
  EXPECT_EQ(display_width(""), 0);
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("流れ"), 4);
  EXPECT_EQ(display_width("か\u3099"), 2);
  EXPECT_EQ(display_width("\n"), 0);
}

TEST(Graphemes, WhatIsNotUtf8CountsAsOneEach) {
  const std::string broken =
      "a\xff\xfe"
      "b";
  EXPECT_EQ(characters(broken).size(), 4u);
  EXPECT_EQ(display_width(broken), 4);
}

}  // namespace
}  // namespace nagare

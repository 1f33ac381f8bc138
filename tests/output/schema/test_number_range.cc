#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "matching.h"
#include "output/schema/number_range.h"

namespace nagare {
namespace {

struct Bound {
  double value;
  bool excluded;
};

NumberBounds to_bounds(const std::optional<Bound>& least, const std::optional<Bound>& most) {
  NumberBounds bounds;
  if (least) {
    bounds.least = *to_decimal(least->value);
    bounds.least_excluded = least->excluded;
  }
  if (most) {
    bounds.most = *to_decimal(most->value);
    bounds.most_excluded = most->excluded;
  }
  return bounds;
}

bool within(double value, const std::optional<Bound>& least, const std::optional<Bound>& most) {
  if (least && (least->excluded ? value <= least->value : value < least->value)) return false;
  return !most || (most->excluded ? value < most->value : value <= most->value);
}

// All numbers around the bounds, in the ways that they can be written.
std::vector<std::string> spellings() {
  std::vector<std::string> texts;
  for (int hundredths = -13000; hundredths <= 13000;
       hundredths += hundredths % 100 == 0 || std::abs(hundredths) < 1300 ? 1 : 7) {
    const std::string sign = hundredths < 0 ? "-" : "";
    const int whole = std::abs(hundredths) / 100;
    const int rest = std::abs(hundredths) % 100;
    texts.push_back(fmt::format("{}{}.{:02}", sign, whole, rest));
    texts.push_back(fmt::format("{}{}.{:02}00", sign, whole, rest));
    if (rest % 10 == 0) texts.push_back(fmt::format("{}{}.{}", sign, whole, rest / 10));
    if (rest == 0) texts.push_back(fmt::format("{}{}", sign, whole));
  }
  return texts;
}

std::optional<Bound> random_bound(std::mt19937& engine) {
  if (engine() % 5 == 0) return std::nullopt;
  const int kind = static_cast<int>(engine() % 3);
  const int value = static_cast<int>(engine() % 2401) - 1200;
  const double scale = kind == 0 ? 100.0 : kind == 1 ? 10.0 : 1.0;
  return Bound{std::round(value / (kind == 2 ? 10 : 1)) / scale, engine() % 2 == 0};
}

TEST(NumberRange, MatchesExactlyWhatIsWithinTheBounds) {
  std::mt19937 engine(13);
  const auto texts = spellings();
  for (int trial = 0; trial < 60; ++trial) {
    const auto least = random_bound(engine);
    const auto most = random_bound(engine);
    for (const bool integer : {false, true}) {
      const NumberBounds bounds = to_bounds(least, most);
      const auto grammar =
          Grammar::parse("root ::= " + (integer ? integer_in_bounds(bounds) : number_in_bounds(bounds)));
      size_t matched = 0;
      for (const std::string& text : texts) {
        const double value = std::stod(text);
        const bool is_whole = text.find('.') == std::string::npos;
        // Zero has one spelling without sign; "-0.0" and the like are not written.
        const bool negative_zero = value == 0 && text[0] == '-';
        const bool expected = within(value, least, most) && (!integer || is_whole) && !negative_zero;
        const bool actual = grammar && test::matches(*grammar, text);
        matched += actual ? 1 : 0;
        ASSERT_EQ(actual, expected) << text << " integer " << integer << " from "
                                    << (least ? least->value : NAN)
                                    << (least && least->excluded ? " excluded" : "") << " to "
                                    << (most ? most->value : NAN)
                                    << (most && most->excluded ? " excluded" : "");
      }
      EXPECT_TRUE(grammar || matched == 0);
    }
  }
}

TEST(NumberRange, LargeAndSmallBounds) {
  const auto grammar = [](const char* schema) { return test::schema_grammar(schema); };
  EXPECT_TRUE(test::matches(grammar(R"({"type":"integer","minimum":-1e300,"maximum":1e300})"), "-123"));
  EXPECT_TRUE(test::matches(grammar(R"({"type":"integer","minimum":9007199254740991})"), "9007199254740991"));
  EXPECT_FALSE(
      test::matches(grammar(R"({"type":"integer","minimum":9007199254740991})"), "9007199254740990"));
  EXPECT_TRUE(
      test::matches(grammar(R"({"type":"number","exclusiveMinimum":0,"maximum":0.00001})"), "0.000001"));
  EXPECT_FALSE(
      test::matches(grammar(R"({"type":"number","exclusiveMinimum":0,"maximum":0.00001})"), "0.0001"));
  EXPECT_NE(test::schema_error(R"({"type":"integer","minimum":1e17})").find("digits"), std::string::npos);
}

}  // namespace
}  // namespace nagare

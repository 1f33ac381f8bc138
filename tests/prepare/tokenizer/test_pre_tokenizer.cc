// The scanners against what the models' regular expressions say (pre_tokenizer_cases.txt, made by
// make_pre_tokenizer_cases.py with a regular-expression engine).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <string>

#include "base/utf8.h"
#include "prepare/tokenizer/pre_tokenizer.h"
#include "support/test_data.h"

namespace nagare {
namespace {

using Words = std::vector<std::string>;

Words words_of(const PreTokenizer& rules, std::string_view text) {
  std::vector<uint32_t> ends;
  split_words(rules, text, ends);
  Words words;
  uint32_t begin = 0;
  for (const uint32_t end : ends) {
    words.emplace_back(text.substr(begin, end - begin));
    begin = end;
  }
  return words;
}

struct Case {
  std::string name;
  Words words;
};

// "name<tab>word¦word¦…", with \u{…} for what cannot be seen.
Case parse_case(const std::string& line) {
  const size_t tab = line.find('\t');
  Case parsed{line.substr(0, tab), {""}};
  const std::string_view rest = std::string_view(line).substr(tab + 1);
  for (size_t at = 0; at < rest.size();) {
    if (rest.substr(at).starts_with("\\u{")) {
      append_utf8(parsed.words.back(),
                  static_cast<char32_t>(std::strtoul(rest.data() + at + 3, nullptr, 16)));
      at = rest.find('}', at) + 1;
    } else if (rest.substr(at).starts_with("\xC2\xA6")) {
      parsed.words.emplace_back();
      at += 2;
    } else {
      parsed.words.back() += rest[at++];
    }
  }
  return parsed;
}

std::vector<Case> read_cases() {
  std::ifstream file(test::source_folder() / "tests/prepare/tokenizer/pre_tokenizer_cases.txt");
  std::vector<Case> cases;
  for (std::string line; std::getline(file, line);) cases.push_back(parse_case(line));
  return cases;
}

TEST(PreTokenizer, CutsAsTheModelsExpressionsDo) {
  const auto cases = read_cases();
  ASSERT_GT(cases.size(), 300u);
  for (const Case& c : cases) {
    const PreTokenizer* const rules = find_pre_tokenizer(c.name);
    ASSERT_NE(rules, nullptr) << c.name;
    std::string text;
    for (const std::string& word : c.words) text += word;
    EXPECT_EQ(words_of(*rules, text), c.words) << c.name << " on '" << text << "'";
  }
}

TEST(PreTokenizer, EveryNameHasCases) {
  std::set<const SplitPass*> covered;
  for (const Case& c : read_cases()) covered.insert(find_pre_tokenizer(c.name)->passes.data());
  for (const PreTokenizer& rules : all_pre_tokenizers()) {
    EXPECT_TRUE(covered.contains(rules.passes.data()) || rules.name == "afmoe") << rules.name;
    EXPECT_EQ(find_pre_tokenizer(rules.name), &rules) << rules.name << " is in the list twice";
  }
  EXPECT_EQ(find_pre_tokenizer("nonsense"), nullptr);
  EXPECT_EQ(find_pre_tokenizer(""), nullptr);
}

TEST(PreTokenizer, AfmoeGroupsNumbersFromTheRight) {
  const PreTokenizer& rules = *find_pre_tokenizer("afmoe");
  EXPECT_EQ(words_of(rules, "ab 1234567cd 12"), Words({"ab", " ", "1", "234", "567", "cd", " ", "12"}));
  EXPECT_EQ(words_of(rules, "hi 中文."), Words({"hi", " ", "中文", "."}));
}

TEST(PreTokenizer, ALongCascadeOfSpacesIsCutInPowersOfTwo) {
  const PreTokenizer& rules = *find_pre_tokenizer("jais-2");
  const auto lengths = [&](size_t spaces, std::string_view behind) {
    std::vector<size_t> result;
    for (const std::string& word : words_of(rules, std::string(spaces, ' ').append(behind))) {
      result.push_back(word.size());
    }
    return result;
  };
  EXPECT_EQ(lengths(1100, ""), (std::vector<size_t>{512, 512, 64, 8, 4}));
  EXPECT_EQ(lengths(4, "a"), (std::vector<size_t>{2, 1, 2}));
  EXPECT_EQ(lengths(5, "a"), (std::vector<size_t>{4, 2}));
}

TEST(PreTokenizer, WordsCoverEveryText) {
  constexpr unsigned kSeed = 11;
  std::cout << "seed " << kSeed << "\n";
  std::mt19937 random(kSeed);
  for (const PreTokenizer& rules : all_pre_tokenizers()) {
    for (int round = 0; round < 50; ++round) {
      std::string text;
      for (size_t i = random() % 60; i > 0; --i) {
        const char32_t c = static_cast<char32_t>(random() % (random() % 2 ? 0x80 : 0x11000));
        append_utf8(text, c >= 0xD800 && c < 0xE000 ? U' ' : c);
      }
      std::vector<uint32_t> ends;
      split_words(rules, text, ends);
      ASSERT_EQ(ends.empty() ? 0 : ends.back(), text.size()) << rules.name;
      uint32_t begin = 0;
      for (const uint32_t end : ends) {
        ASSERT_LT(begin, end) << rules.name;
        ASSERT_EQ(valid_utf8_prefix_bytes(std::string_view(text).substr(begin, end - begin)), end - begin);
        begin = end;
      }
    }
  }
}

}  // namespace
}  // namespace nagare

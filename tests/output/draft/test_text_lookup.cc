#include <gtest/gtest.h>

#include <random>

#include "output/draft/text_lookup.h"

namespace nagare {
namespace {

std::vector<int32_t> proposed(const std::vector<int32_t>& tokens, int32_t most) {
  std::vector<int32_t> proposal{99};
  look_up(tokens, most, proposal);
  return proposal;
}

TEST(TextLookup, ProposesWhatFollowedTheLongestMatch) {
  EXPECT_EQ(proposed({1, 2, 3, 4, 5, 9, 2, 3, 6, 1, 2, 3}, 2), (std::vector<int32_t>{4, 5}));
  EXPECT_EQ(proposed({2, 3, 4, 7, 2, 3, 5, 8, 2, 3}, 1),
            (std::vector<int32_t>{5}));  // of equal ones the latest
}

TEST(TextLookup, ProposesNothingWithoutAMatch) {
  EXPECT_TRUE(proposed({}, 4).empty());
  EXPECT_TRUE(proposed({1}, 4).empty());
  EXPECT_TRUE(proposed({1, 2, 3, 4, 2}, 4).empty());  // one token is no sign
  EXPECT_TRUE(proposed({1, 2, 1, 2}, 0).empty());
}

TEST(TextLookup, ARunGoesOn) {
  EXPECT_EQ(proposed({5, 5, 5}, 4), (std::vector<int32_t>{5}));
  EXPECT_EQ(proposed({1, 2, 1, 2, 1, 2}, 8), (std::vector<int32_t>{1, 2}));
}

TEST(TextLookup, WhatIsProposedFollowsAMatch) {
  std::mt19937 engine(4);
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<int32_t> tokens(1 + engine() % 60);
    for (int32_t& token : tokens) token = static_cast<int32_t>(engine() % 4);
    const auto proposal = proposed(tokens, 5);
    ASSERT_LE(proposal.size(), 5u);
    if (proposal.empty()) continue;
    bool found = false;
    for (size_t end = 2; end < tokens.size(); ++end) {
      found =
          found || (tokens[end - 1] == tokens.back() && tokens[end - 2] == tokens[tokens.size() - 2] &&
                    end + proposal.size() <= tokens.size() &&
                    std::equal(proposal.begin(), proposal.end(), tokens.begin() + static_cast<int64_t>(end)));
    }
    EXPECT_TRUE(found) << "trial " << trial;
  }
}

}  // namespace
}  // namespace nagare

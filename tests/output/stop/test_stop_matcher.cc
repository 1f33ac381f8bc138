#include <gtest/gtest.h>

#include "output/stop/stop_matcher.h"

namespace nagare {
namespace {

std::string run(StopMatcher& matcher, std::initializer_list<const char*> pieces) {
  std::string shown;
  for (const char* piece : pieces) shown += matcher.push(piece);
  return shown + matcher.finish();
}

TEST(StopMatcher, AcrossTokenBorders) {
  StopMatcher matcher({"</end>"});
  EXPECT_EQ(run(matcher, {"hello ", "<", "/e", "nd", "> more"}), "hello ");
  EXPECT_TRUE(matcher.stopped());
}

TEST(StopMatcher, WhatOnlyLooksLikeAStopComesOut) {
  StopMatcher matcher({"</end>", "STOP"});
  EXPECT_EQ(run(matcher, {"a <", "/en", "try> ST", "ILL"}), "a </entry> STILL");
  EXPECT_FALSE(matcher.stopped());
}

TEST(StopMatcher, TheEarliestStopWins) {
  StopMatcher matcher({"world", "lo"});
  EXPECT_EQ(run(matcher, {"hello world"}), "hel");
}

TEST(StopMatcher, AStopThatOverlapsItself) {
  StopMatcher matcher({"aab"});
  EXPECT_EQ(run(matcher, {"a", "a", "a", "b", "c"}), "a");
}

TEST(StopMatcher, NothingIsHeldBackWithoutStops) {
  StopMatcher matcher({});
  EXPECT_EQ(matcher.push("any"), "any");
}

TEST(StopMatcher, OnlyAPossibleBeginningIsHeldBack) {
  StopMatcher matcher({"\n\n"});
  EXPECT_EQ(matcher.push("line\n"), "line");
  EXPECT_EQ(matcher.push("next"), "\nnext");
}

}  // namespace
}  // namespace nagare

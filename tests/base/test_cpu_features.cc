#include <gtest/gtest.h>

#include "base/cpu_features.h"

namespace nagare {
namespace {

TEST(CpuFeatures, GenericHidesEverything) {
  const auto limited = limit_cpu_features({.avx2 = true, .avx512 = true, .avx512_vnni = true}, "generic");
  ASSERT_TRUE(limited);
  EXPECT_EQ(*limited, CpuFeatures{});
}

TEST(CpuFeatures, AnUnknownLevelNamesTheValidOnes) {
  const auto limited = limit_cpu_features({}, "sse9");
  ASSERT_FALSE(limited);
  EXPECT_EQ(limited.error().kind, ErrorKind::kBadInput);
  EXPECT_NE(limited.error().message.find("generic, avx2 or avx512"), std::string::npos);
}

TEST(CpuFeatures, ALevelTheProcessorLacksIsRefused) {
  EXPECT_FALSE(limit_cpu_features({.avx2 = true}, "avx512"));
  EXPECT_FALSE(limit_cpu_features({}, "avx2"));
}

}  // namespace
}  // namespace nagare

#include <gtest/gtest.h>

#include "solve/problem_line.h"

namespace nagare {
namespace {

TEST(ProblemLine, PrintsAndParsesBack) {
  const std::string text = "gemm m=1 n=4096 k=4096 a=f32 b=q4_K c=f32 epilogue=none";
  const auto line = ProblemLine::parse("  gemm\tm=1  n=4096 k=4096 a=f32 b=q4_K c=f32 epilogue=none \n");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->print(), text);
  EXPECT_EQ(*line->integer("n", 1, 5000), 4096);
  EXPECT_EQ(*line->text("b"), "q4_K");
}

TEST(ProblemLine, BadLinesAreErrors) {
  for (const char* text : {"", " ", "gemm m", "gemm =1", "gemm m=", "gemm m=1 m=2", "ge;mm m=1", "gemm m=1=2",
                           "gemm m=\x01", "gemm \xff=1"}) {
    EXPECT_FALSE(ProblemLine::parse(text)) << text;
  }
  EXPECT_FALSE(ProblemLine::parse(std::string(5000, 'x')));
}

TEST(ProblemLine, TypedAccessNamesTheField) {
  const auto line = ProblemLine::parse("norm n=12x m=0 k=99999999999999999999");
  EXPECT_NE(line->integer("n", 1, 10).error().message.find("n=12x"), std::string::npos);
  EXPECT_FALSE(line->integer("m", 1, 10));
  EXPECT_FALSE(line->integer("k", 1, 10));
  EXPECT_FALSE(line->integer("absent", 1, 10));
  EXPECT_FALSE(line->only({"n", "m"}));
}

}  // namespace
}  // namespace nagare

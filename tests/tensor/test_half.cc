#include <gtest/gtest.h>

#include <cmath>

#include "tensor/dtype.h"
#include "tensor/half.h"

namespace nagare {
namespace {

TEST(Half, EveryF16SurvivesTheRoundTrip) {
  for (uint32_t bits = 0; bits <= 0xffff; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const float value = f16_to_f32(half);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(f16_to_f32(f32_to_f16(value))));
    } else {
      ASSERT_EQ(f32_to_f16(value), half) << value;
    }
  }
}

TEST(Half, RoundsToNearestEven) {
  EXPECT_EQ(f32_to_f16(1.0f + 0x1p-11f), f32_to_f16(1.0f));                // tie: down to even
  EXPECT_EQ(f32_to_f16(1.0f + 3 * 0x1p-11f), f32_to_f16(1.0f + 0x1p-9f));  // tie: up to even
  EXPECT_EQ(f32_to_f16(65520.0f), 0x7c00);
  EXPECT_EQ(f32_to_f16(0x1p-25f), 0);
  EXPECT_EQ(f32_to_bf16(1.0f + 0x1p-8f), f32_to_bf16(1.0f));
}

TEST(DType, NamesAndNumbersLeadBack) {
  for (const DTypeTraits& t : all_dtypes()) {
    EXPECT_EQ(dtype_from_name(t.name), t.dtype);
    EXPECT_EQ(dtype_from_gguf(static_cast<uint32_t>(t.gguf_type)), t.dtype);
  }
  EXPECT_FALSE(dtype_from_gguf(4));  // Q4_2, removed from the format
}

}  // namespace
}  // namespace nagare

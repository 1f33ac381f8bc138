#include "tensor/dtype.h"

#include <array>

namespace nagare {
namespace {

constexpr std::array kAllDTypes{
    DTypeTraits{DType::kF32, "f32", 1, 4, 0},
    DTypeTraits{DType::kF16, "f16", 1, 2, 1},
    DTypeTraits{DType::kBF16, "bf16", 1, 2, 30},
    DTypeTraits{DType::kF64, "f64", 1, 8, 28},
    DTypeTraits{DType::kI8, "i8", 1, 1, 24},
    DTypeTraits{DType::kI16, "i16", 1, 2, 25},
    DTypeTraits{DType::kI32, "i32", 1, 4, 26},
    DTypeTraits{DType::kI64, "i64", 1, 8, 27},
    DTypeTraits{DType::kQ4_0, "q4_0", 32, 18, 2},
    DTypeTraits{DType::kQ4_1, "q4_1", 32, 20, 3},
    DTypeTraits{DType::kQ5_0, "q5_0", 32, 22, 6},
    DTypeTraits{DType::kQ5_1, "q5_1", 32, 24, 7},
    DTypeTraits{DType::kQ8_0, "q8_0", 32, 34, 8},
    DTypeTraits{DType::kQ2_K, "q2_K", 256, 84, 10},
    DTypeTraits{DType::kQ3_K, "q3_K", 256, 110, 11},
    DTypeTraits{DType::kQ4_K, "q4_K", 256, 144, 12},
    DTypeTraits{DType::kQ5_K, "q5_K", 256, 176, 13},
    DTypeTraits{DType::kQ6_K, "q6_K", 256, 210, 14},
    DTypeTraits{DType::kIQ1_S, "iq1_s", 256, 50, 19},
    DTypeTraits{DType::kIQ1_M, "iq1_m", 256, 56, 29},
    DTypeTraits{DType::kIQ2_XXS, "iq2_xxs", 256, 66, 16},
    DTypeTraits{DType::kIQ2_XS, "iq2_xs", 256, 74, 17},
    DTypeTraits{DType::kIQ2_S, "iq2_s", 256, 82, 22},
    DTypeTraits{DType::kIQ3_XXS, "iq3_xxs", 256, 98, 18},
    DTypeTraits{DType::kIQ3_S, "iq3_s", 256, 110, 21},
    DTypeTraits{DType::kIQ4_NL, "iq4_nl", 32, 18, 20},
    DTypeTraits{DType::kIQ4_XS, "iq4_xs", 256, 136, 23},
    DTypeTraits{DType::kTQ1_0, "tq1_0", 256, 54, 34},
    DTypeTraits{DType::kTQ2_0, "tq2_0", 256, 66, 35},
    DTypeTraits{DType::kMXFP4, "mxfp4", 32, 17, 39},
    DTypeTraits{DType::kNVFP4, "nvfp4", 64, 36, 40},
};

consteval bool in_order() {
  for (size_t i = 0; i < kAllDTypes.size(); ++i) {
    if (static_cast<size_t>(kAllDTypes[i].dtype) != i) return false;
  }
  return true;
}
static_assert(in_order(), "the table follows the enumeration");

}  // namespace

std::span<const DTypeTraits> all_dtypes() {
  return kAllDTypes;
}

const DTypeTraits& traits(DType dtype) {
  return kAllDTypes[static_cast<size_t>(dtype)];
}

std::optional<DType> dtype_from_name(std::string_view name) {
  for (const DTypeTraits& t : kAllDTypes) {
    if (t.name == name) return t.dtype;
  }
  return std::nullopt;
}

std::optional<DType> dtype_from_gguf(uint32_t gguf_type) {
  for (const DTypeTraits& t : kAllDTypes) {
    if (static_cast<uint32_t>(t.gguf_type) == gguf_type) return t.dtype;
  }
  return std::nullopt;
}

}  // namespace nagare

// The words of a GGUF file: the types its metadata can have, one value, one key, one tensor. Plain data that
// points into the file's bytes; gguf_file.h owns them and finds things by name.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tensor/tensor_view.h"

namespace nagare {

// Numbers as in the file (GGUF specification, gguf_metadata_value_type).
enum class GgufType : uint32_t {
  kU8 = 0,
  kI8 = 1,
  kU16 = 2,
  kI16 = 3,
  kU32 = 4,
  kI32 = 5,
  kF32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kU64 = 10,
  kI64 = 11,
  kF64 = 12,
};

// "u32", "string"; "unknown" for a number that is no type.
std::string_view name(GgufType type);
// Bytes of one value in the file; 0 for strings, arrays and unknown types, whose size is in the data.
size_t fixed_bytes(GgufType type);
inline bool is_integer(GgufType type) {
  return fixed_bytes(type) != 0 && type != GgufType::kF32 && type != GgufType::kF64 &&
         type != GgufType::kBool;
}

// One value: a number, a bool, a string, or an array of one of these.
struct GgufValue {
  GgufType type = GgufType::kU8;
  GgufType element_type = GgufType::kU8;      // of an array; otherwise the same as `type`
  uint64_t count = 1;                         // elements of an array
  uint64_t bits = 0;                          // a number or bool: its bytes, zero-extended
  std::string_view text;                      // a string; any bytes, not necessarily UTF-8
  std::span<const std::byte> numbers;         // an array of numbers: little-endian, at any alignment
  std::span<const std::string_view> strings;  // an array of strings

  bool is_array() const { return type == GgufType::kArray; }

  // The value as T, where it is an integer of any width that fits.
  template <std::integral T>
  std::optional<T> integer() const;
  // The value where it is f32 or f64.
  std::optional<double> real() const;
  std::optional<bool> boolean() const;
  // All elements as T, where this is an array of integers of any width that fit.
  template <std::integral T>
  std::optional<std::vector<T>> integers() const;
  // All elements, where this is an array of f32.
  std::optional<std::vector<float>> floats() const;
  // The same type and the same bits.
  bool operator==(const GgufValue& other) const;
  // For messages: "u32", "array of string".
  std::string describe_type() const;
};

struct GgufKeyValue {
  std::string_view key;
  GgufValue value;
};

struct GgufTensor {
  std::string_view name;
  TensorView view;  // dims outermost first: GGUF's order turned round
  uint64_t file_offset = 0;
  uint32_t part = 0;  // which file of a split model, from 0
};

namespace internal {

// An integer element's bytes as the widest integer of its signedness.
struct WideInteger {
  bool is_signed = false;
  uint64_t bits = 0;
};
WideInteger read_integer(GgufType type, const std::byte* bytes);

template <std::integral T>
std::optional<T> narrow(WideInteger wide) {
  const bool fits =
      wide.is_signed ? std::in_range<T>(static_cast<int64_t>(wide.bits)) : std::in_range<T>(wide.bits);
  if (!fits) return std::nullopt;
  return static_cast<T>(wide.bits);
}

}  // namespace internal

template <std::integral T>
std::optional<T> GgufValue::integer() const {
  if (!is_integer(type)) return std::nullopt;
  return internal::narrow<T>(internal::read_integer(type, reinterpret_cast<const std::byte*>(&bits)));
}

template <std::integral T>
std::optional<std::vector<T>> GgufValue::integers() const {
  if (!is_array() || !is_integer(element_type)) return std::nullopt;
  std::vector<T> all(count);
  const size_t step = fixed_bytes(element_type);
  for (size_t i = 0; i < count; ++i) {
    const auto element = internal::narrow<T>(internal::read_integer(element_type, numbers.data() + i * step));
    if (!element) return std::nullopt;
    all[i] = *element;
  }
  return all;
}

}  // namespace nagare

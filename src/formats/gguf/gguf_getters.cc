// The typed getters of GgufFile: one value or array by key, with errors that name it.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <optional>
#include <string>

#include "base/printable.h"
#include "formats/gguf/gguf_file.h"

namespace nagare {
namespace {

std::unexpected<Error> missing(std::string_view key) {
  return bad_input("gguf: key '{}' is missing", printable(key));
}

std::unexpected<Error> wrong_type(std::string_view key, const GgufValue& value, std::string_view expected) {
  return bad_input("gguf: key '{}' is of type {}; expected {}", printable(key), value.describe_type(),
                   expected);
}

template <std::integral T>
Result<T> to_integer(std::string_view key, const GgufValue& value, std::string_view expected) {
  if (!is_integer(value.type)) return wrong_type(key, value, expected);
  if (const auto number = value.integer<T>()) return *number;
  const auto negative = value.integer<int64_t>();
  return bad_input("gguf: key '{}' is {}, which does not fit {}", printable(key),
                   negative ? std::to_string(*negative) : std::to_string(value.bits), expected);
}

Result<float> to_f32(std::string_view key, const GgufValue& value) {
  const auto number = value.real();
  if (!number) return wrong_type(key, value, "f32");
  if (std::isfinite(*number) && std::abs(*number) > static_cast<double>(std::numeric_limits<float>::max())) {
    return bad_input("gguf: key '{}' is {}, which does not fit f32", printable(key), *number);
  }
  return static_cast<float>(*number);
}

Result<bool> to_bool(std::string_view key, const GgufValue& value) {
  if (const auto flag = value.boolean()) return *flag;
  return wrong_type(key, value, "bool");
}

Result<std::string_view> to_string_view(std::string_view key, const GgufValue& value) {
  if (value.type != GgufType::kString) return wrong_type(key, value, "string");
  return value.text;
}

Result<std::span<const std::string_view>> to_strings(std::string_view key, const GgufValue& value) {
  if (!value.is_array() || value.element_type != GgufType::kString) {
    return wrong_type(key, value, "array of string");
  }
  return value.strings;
}

Result<std::vector<int32_t>> to_i32s(std::string_view key, const GgufValue& value) {
  if (!value.is_array() || !is_integer(value.element_type)) return wrong_type(key, value, "array of i32");
  auto numbers = value.integers<int32_t>();
  if (!numbers) return bad_input("gguf: key '{}' holds a number that does not fit i32", printable(key));
  return std::move(*numbers);
}

Result<std::vector<float>> to_f32s(std::string_view key, const GgufValue& value) {
  auto numbers = value.floats();
  if (!numbers) return wrong_type(key, value, "array of f32");
  return std::move(*numbers);
}

template <class T>
Result<T> in_range(std::string_view key, Result<T> value, T low, T high) {
  if (!value || (*value >= low && *value <= high)) return value;
  return bad_input("gguf: key '{}' is {}; it must be from {} to {}", printable(key), *value, low, high);
}

}  // namespace

Result<uint32_t> GgufFile::require_u32(std::string_view key) const {
  const GgufValue* value = find(key);
  return value == nullptr ? missing(key) : to_integer<uint32_t>(key, *value, "u32");
}
Result<uint32_t> GgufFile::require_u32_in(std::string_view key, uint32_t low, uint32_t high) const {
  return in_range(key, require_u32(key), low, high);
}
Result<uint32_t> GgufFile::u32_or(std::string_view key, uint32_t otherwise) const {
  return find(key) == nullptr ? otherwise : require_u32(key);
}
Result<uint32_t> GgufFile::u32_in_or(std::string_view key, uint32_t low, uint32_t high,
                                     uint32_t otherwise) const {
  return find(key) == nullptr ? otherwise : require_u32_in(key, low, high);
}

Result<uint64_t> GgufFile::require_u64(std::string_view key) const {
  const GgufValue* value = find(key);
  return value == nullptr ? missing(key) : to_integer<uint64_t>(key, *value, "u64");
}
Result<uint64_t> GgufFile::u64_or(std::string_view key, uint64_t otherwise) const {
  return find(key) == nullptr ? otherwise : require_u64(key);
}

Result<float> GgufFile::require_f32(std::string_view key) const {
  const GgufValue* value = find(key);
  return value == nullptr ? missing(key) : to_f32(key, *value);
}
Result<float> GgufFile::require_f32_in(std::string_view key, float low, float high) const {
  return in_range(key, require_f32(key), low, high);
}
Result<float> GgufFile::f32_or(std::string_view key, float otherwise) const {
  return find(key) == nullptr ? otherwise : require_f32(key);
}
Result<float> GgufFile::f32_in_or(std::string_view key, float low, float high, float otherwise) const {
  return find(key) == nullptr ? otherwise : require_f32_in(key, low, high);
}

Result<bool> GgufFile::require_bool(std::string_view key) const {
  const GgufValue* value = find(key);
  return value == nullptr ? missing(key) : to_bool(key, *value);
}
Result<bool> GgufFile::bool_or(std::string_view key, bool otherwise) const {
  return find(key) == nullptr ? otherwise : require_bool(key);
}

Result<std::string_view> GgufFile::require_string(std::string_view key) const {
  const GgufValue* value = find(key);
  return value == nullptr ? missing(key) : to_string_view(key, *value);
}
Result<std::string_view> GgufFile::string_or(std::string_view key, std::string_view otherwise) const {
  return find(key) == nullptr ? otherwise : require_string(key);
}

Result<std::span<const std::string_view>> GgufFile::require_strings(std::string_view key) const {
  const GgufValue* value = find(key);
  return value == nullptr ? missing(key) : to_strings(key, *value);
}
Result<std::span<const std::string_view>> GgufFile::strings_or_none(std::string_view key) const {
  if (find(key) == nullptr) return std::span<const std::string_view>{};
  return require_strings(key);
}

Result<std::vector<int32_t>> GgufFile::require_i32s(std::string_view key) const {
  const GgufValue* value = find(key);
  return value == nullptr ? missing(key) : to_i32s(key, *value);
}
Result<std::vector<int32_t>> GgufFile::i32s_or_none(std::string_view key) const {
  if (find(key) == nullptr) return std::vector<int32_t>{};
  return require_i32s(key);
}

Result<std::vector<float>> GgufFile::require_f32s(std::string_view key) const {
  const GgufValue* value = find(key);
  return value == nullptr ? missing(key) : to_f32s(key, *value);
}
Result<std::vector<float>> GgufFile::f32s_or_none(std::string_view key) const {
  if (find(key) == nullptr) return std::vector<float>{};
  return require_f32s(key);
}

}  // namespace nagare

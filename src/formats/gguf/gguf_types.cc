#include "formats/gguf/gguf_types.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

namespace nagare {

static_assert(std::endian::native == std::endian::little,
              "GGUF is read in place: the machine is little-endian");

namespace {

template <class T>
T load(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

template <std::signed_integral T>
internal::WideInteger widen(const std::byte* bytes) {
  return {.is_signed = true, .bits = static_cast<uint64_t>(static_cast<int64_t>(load<T>(bytes)))};
}

}  // namespace

std::string_view name(GgufType type) {
  switch (type) {
    case GgufType::kU8:
      return "u8";
    case GgufType::kI8:
      return "i8";
    case GgufType::kU16:
      return "u16";
    case GgufType::kI16:
      return "i16";
    case GgufType::kU32:
      return "u32";
    case GgufType::kI32:
      return "i32";
    case GgufType::kF32:
      return "f32";
    case GgufType::kBool:
      return "bool";
    case GgufType::kString:
      return "string";
    case GgufType::kArray:
      return "array";
    case GgufType::kU64:
      return "u64";
    case GgufType::kI64:
      return "i64";
    case GgufType::kF64:
      return "f64";
  }
  return "unknown";
}

size_t fixed_bytes(GgufType type) {
  switch (type) {
    case GgufType::kU8:
    case GgufType::kI8:
    case GgufType::kBool:
      return 1;
    case GgufType::kU16:
    case GgufType::kI16:
      return 2;
    case GgufType::kU32:
    case GgufType::kI32:
    case GgufType::kF32:
      return 4;
    case GgufType::kU64:
    case GgufType::kI64:
    case GgufType::kF64:
      return 8;
    case GgufType::kString:
    case GgufType::kArray:
      return 0;
  }
  return 0;
}

internal::WideInteger internal::read_integer(GgufType type, const std::byte* bytes) {
  switch (type) {
    case GgufType::kI8:
      return widen<int8_t>(bytes);
    case GgufType::kI16:
      return widen<int16_t>(bytes);
    case GgufType::kI32:
      return widen<int32_t>(bytes);
    case GgufType::kI64:
      return widen<int64_t>(bytes);
    case GgufType::kU8:
      return {.bits = load<uint8_t>(bytes)};
    case GgufType::kU16:
      return {.bits = load<uint16_t>(bytes)};
    case GgufType::kU32:
      return {.bits = load<uint32_t>(bytes)};
    default:
      return {.bits = load<uint64_t>(bytes)};
  }
}

std::optional<double> GgufValue::real() const {
  if (type == GgufType::kF32) return static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(bits)));
  if (type == GgufType::kF64) return std::bit_cast<double>(bits);
  return std::nullopt;
}

std::optional<bool> GgufValue::boolean() const {
  if (type != GgufType::kBool) return std::nullopt;
  return bits != 0;
}

std::optional<std::vector<float>> GgufValue::floats() const {
  if (!is_array() || element_type != GgufType::kF32) return std::nullopt;
  std::vector<float> all(count);
  if (count != 0) std::memcpy(all.data(), numbers.data(), count * sizeof(float));
  return all;
}

bool GgufValue::operator==(const GgufValue& other) const {
  return type == other.type && element_type == other.element_type && count == other.count &&
         bits == other.bits && text == other.text && std::ranges::equal(numbers, other.numbers) &&
         std::ranges::equal(strings, other.strings);
}

std::string GgufValue::describe_type() const {
  if (!is_array()) return std::string(name(type));
  return "array of " + std::string(name(element_type));
}

}  // namespace nagare

// Writes GGUF: a GgufBuilder collects what the front of the file says, a GgufWriter streams the tensors'
// bytes behind it, in the order they were declared. Used by `nagare quantize` and by tests.
//
// Nothing here checks that the result makes sense as a model; the names and shapes are the caller's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/atomic_file.h"
#include "base/result.h"
#include "formats/gguf/gguf_types.h"

namespace nagare {

class GgufBuilder {
 public:
  // Metadata, written in the order of the calls.
  void add_u8(std::string_view key, uint8_t value);
  void add_u16(std::string_view key, uint16_t value);
  void add_u32(std::string_view key, uint32_t value);
  void add_i32(std::string_view key, int32_t value);
  void add_u64(std::string_view key, uint64_t value);
  void add_f32(std::string_view key, float value);
  void add_bool(std::string_view key, bool value);
  void add_string(std::string_view key, std::string_view value);
  void add_strings(std::string_view key, std::span<const std::string_view> values);
  void add_i32s(std::string_view key, std::span<const int32_t> values);
  void add_f32s(std::string_view key, std::span<const float> values);
  // A value as read from another file.
  void add(std::string_view key, const GgufValue& value);
  // Default 32; a power of two from 8. Writes the key as well.
  void set_alignment(uint32_t alignment);

  // Declares the next tensor: at most four dimensions, rows a multiple of the type's block.
  void add_tensor(std::string_view name, DType dtype, const Shape& shape);

  // Everything before the data: header, metadata, tensor records, padding.
  std::vector<std::byte> front() const;
  std::span<const uint64_t> tensor_bytes() const { return tensor_bytes_; }  // without padding, in order
  uint32_t alignment() const { return alignment_; }

 private:
  void begin_value(std::string_view key, GgufType type);
  void begin_array(std::string_view key, GgufType element_type, uint64_t count);

  std::vector<std::byte> metadata_;
  std::vector<std::byte> tensor_records_;
  std::vector<uint64_t> tensor_bytes_;
  uint64_t key_count_ = 0;
  uint64_t data_bytes_ = 0;
  uint32_t alignment_ = 32;
};

class GgufWriter {
 public:
  // The file appears at `path` with commit(), whole; until then it has a temporary name.
  static Result<GgufWriter> create(const std::filesystem::path& path, const GgufBuilder& builder);

  // The next bytes of the current tensor, in as many pieces as the caller likes; padding is added here.
  Status append(std::span<const std::byte> bytes);
  // Fails if a tensor's bytes are still missing.
  Status commit();

 private:
  GgufWriter(AtomicFile file, const GgufBuilder& builder);

  AtomicFile file_;
  std::vector<uint64_t> tensor_bytes_;
  uint32_t alignment_;
  size_t tensor_ = 0;         // the one being written
  uint64_t tensor_done_ = 0;  // bytes of it
};

// The whole file in memory, for tests: `data` holds each tensor's bytes in order.
std::vector<std::byte> gguf_in_memory(const GgufBuilder& builder,
                                      std::span<const std::vector<std::byte>> data);

}  // namespace nagare

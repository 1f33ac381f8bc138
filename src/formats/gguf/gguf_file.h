// A model in GGUF (versions 2 and 3, little-endian): its metadata and its tensors, mapped from disk. The
// numbers stay where they are in the file; nothing is converted or copied here, and no model is understood.
//
// Opening checks the whole structure: every key, shape, type and offset. What a tensor holds is not looked
// at. Used by models/ and prepare/tokenizer/ through the getters, whose errors name the key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "base/result.h"
#include "formats/gguf/gguf_parser.h"
#include "formats/gguf/gguf_types.h"

namespace nagare {

class GgufFile {
 public:
  // A model that may be split over several files is opened with open_gguf_model() (gguf_split.h).
  static Result<GgufFile> open(const std::filesystem::path& path);
  // Bytes that outlive the object: for tests and fuzzers. They start at a multiple of 64.
  static Result<GgufFile> parse(std::span<const std::byte> bytes);

  uint32_t version() const { return contents_.version; }
  uint32_t alignment() const { return contents_.alignment; }
  uint64_t file_bytes() const { return file_bytes_; }  // of all parts
  std::span<const GgufKeyValue> metadata() const { return contents_.metadata; }
  std::span<const GgufTensor> tensors() const { return contents_.tensors; }

  // nullptr where there is none. What they return stays valid when the GgufFile is moved.
  const GgufValue* find(std::string_view key) const;
  const GgufTensor* find_tensor(std::string_view name) const;
  Result<const GgufTensor*> require_tensor(std::string_view name) const;

  // One value. `require_…` fails where the key is missing, `…_or` gives the default; all fail where the type
  // is wrong or the value does not fit. Integers of any width are taken. The `_in` forms also fail outside
  // [low, high] (NaN is outside).
  Result<uint32_t> require_u32(std::string_view key) const;
  Result<uint32_t> require_u32_in(std::string_view key, uint32_t low, uint32_t high) const;
  Result<uint32_t> u32_or(std::string_view key, uint32_t otherwise) const;
  Result<uint32_t> u32_in_or(std::string_view key, uint32_t low, uint32_t high, uint32_t otherwise) const;
  Result<uint64_t> require_u64(std::string_view key) const;
  Result<uint64_t> u64_or(std::string_view key, uint64_t otherwise) const;
  Result<float> require_f32(std::string_view key) const;
  Result<float> require_f32_in(std::string_view key, float low, float high) const;
  Result<float> f32_or(std::string_view key, float otherwise) const;
  Result<float> f32_in_or(std::string_view key, float low, float high, float otherwise) const;
  Result<bool> require_bool(std::string_view key) const;
  Result<bool> bool_or(std::string_view key, bool otherwise) const;
  Result<std::string_view> require_string(std::string_view key) const;
  Result<std::string_view> string_or(std::string_view key, std::string_view otherwise) const;

  // Arrays. Strings are views into the file; numbers are copied out of it (they lie there unaligned). The
  // `…_or_none` forms give an empty array where the key is missing.
  Result<std::span<const std::string_view>> require_strings(std::string_view key) const;
  Result<std::span<const std::string_view>> strings_or_none(std::string_view key) const;
  Result<std::vector<int32_t>> require_i32s(std::string_view key) const;
  Result<std::vector<int32_t>> i32s_or_none(std::string_view key) const;
  Result<std::vector<float>> require_f32s(std::string_view key) const;
  Result<std::vector<float>> f32s_or_none(std::string_view key) const;

  // Whether a part was found shortened on disk since it was opened: everything computed from it is void.
  bool damaged() const;
  // Hints about one tensor's pages: read ahead; give back (after its weights were repacked elsewhere).
  void advise_will_need(const GgufTensor& tensor) const;
  void release_pages(const GgufTensor& tensor) const;

 private:
  friend Result<GgufFile> open_gguf_model(const std::filesystem::path& path);

  GgufFile() = default;
  static Result<GgufFile> open_parts(const std::filesystem::path& path);
  // Joining the parts of a split model (gguf_split.cc): takes over a part's mapping and tensors; then finds
  // tensors by name, or returns a name that occurs twice.
  void append_part(GgufFile part);
  std::optional<std::string_view> index_tensors();

  GgufContents contents_;
  std::vector<MappedFile> parts_;
  uint64_t file_bytes_ = 0;
};

}  // namespace nagare

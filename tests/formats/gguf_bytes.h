// GGUF files put together field by field, so that any field can be wrong; and the small valid file that the
// hostile tests start from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "formats/gguf/gguf_types.h"
#include "formats/gguf/gguf_writer.h"

namespace nagare::test {

class GgufBytes {
 public:
  // The header with these counts.
  GgufBytes(uint64_t tensor_count, uint64_t key_count, uint32_t version = 3) {
    text("GGUF");
    number(version);
    number(tensor_count);
    number(key_count);
  }

  template <class T>
  GgufBytes& number(T value) {
    const size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    std::memcpy(bytes_.data() + at, &value, sizeof value);
    return *this;
  }
  GgufBytes& text(std::string_view text) {
    for (const char c : text) bytes_.push_back(static_cast<std::byte>(c));
    return *this;
  }
  GgufBytes& string(std::string_view value) { return number<uint64_t>(value.size()).text(value); }
  GgufBytes& key(std::string_view name, GgufType type) {
    return string(name).number(static_cast<uint32_t>(type));
  }
  GgufBytes& array(std::string_view name, GgufType element_type, uint64_t count) {
    return key(name, GgufType::kArray).number(static_cast<uint32_t>(element_type)).number(count);
  }
  // A tensor record; `dims` innermost first, as in the file.
  GgufBytes& tensor(std::string_view name, std::vector<uint64_t> dims, uint32_t type, uint64_t offset) {
    string(name).number(static_cast<uint32_t>(dims.size()));
    for (const uint64_t dim : dims) number(dim);
    return number(type).number(offset);
  }
  // Zeros up to a multiple of `alignment`, then `count` more.
  GgufBytes& data(size_t count, size_t alignment = 32) {
    bytes_.resize((bytes_.size() + alignment - 1) / alignment * alignment + count);
    return *this;
  }

  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

// A file with a value of every type and three tensors; the last one ends the file without padding.
inline std::vector<std::byte> small_valid_gguf() {
  GgufBuilder builder;
  builder.add_string("general.architecture", "llama");
  builder.add_u8("test.u8", 200);
  builder.add_u16("test.u16", 60000);
  builder.add_u32("llama.block_count", 2);
  builder.add_i32("test.i32", -5);
  builder.add_u64("test.u64", uint64_t{1} << 40);
  builder.add_f32("llama.rope.freq_base", 10000.0f);
  builder.add_bool("test.bool", true);
  constexpr std::string_view kTokens[] = {"a", "", "\xe6\xb5\x81"};
  builder.add_strings("tokenizer.ggml.tokens", kTokens);
  constexpr float kScores[] = {0.0f, -1.0f, -2.0f};
  builder.add_f32s("tokenizer.ggml.scores", kScores);
  constexpr int32_t kTypes[] = {1, 3, 1};
  builder.add_i32s("tokenizer.ggml.token_type", kTypes);
  builder.add_tensor("token_embd.weight", DType::kF32, Shape(3, 4));
  builder.add_tensor("blk.0.attn_q.weight", DType::kQ4_0, Shape(2, 32));
  builder.add_tensor("output_norm.weight", DType::kF32, Shape(8));
  const std::vector<std::vector<std::byte>> data{std::vector<std::byte>(48), std::vector<std::byte>(36),
                                                 std::vector<std::byte>(32)};
  return gguf_in_memory(builder, data);
}

}  // namespace nagare::test

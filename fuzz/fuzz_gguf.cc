// Any bytes as a GGUF file: parsed, and where they parse, everything in the result read, every typed getter
// asked, every tensor checked and the metadata written again.
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <vector>

#include "formats/gguf/check_finite.h"
#include "formats/gguf/gguf_file.h"
#include "formats/gguf/gguf_writer.h"
#include "require.h"

namespace nagare {
namespace {

// What the getters say does not matter here, only that they say it.
void answered(const auto& result) {
  volatile bool sink = result.has_value();
  (void)sink;
}

void ask_every_getter(const GgufFile& file, std::string_view key) {
  answered(file.require_u32(key));
  answered(file.require_u32_in(key, 1, 100));
  answered(file.require_u64(key));
  answered(file.require_f32(key));
  answered(file.require_f32_in(key, 0.0f, 1.0f));
  answered(file.require_bool(key));
  answered(file.require_string(key));
  answered(file.require_strings(key));
  answered(file.require_i32s(key));
  answered(file.require_f32s(key));
}

uint64_t sum_of_strings(std::span<const std::string_view> strings) {
  uint64_t sum = 0;
  for (const std::string_view text : strings) {
    for (const char c : text) sum += static_cast<unsigned char>(c);
  }
  return sum;
}

void use(const GgufFile& file, std::span<const std::byte> bytes) {
  GgufBuilder builder;
  for (const GgufKeyValue& entry : file.metadata()) {
    require(file.find(entry.key) == &entry.value);
    ask_every_getter(file, entry.key);
    volatile uint64_t sink = sum_of_strings(entry.value.strings);
    (void)sink;
    builder.add(entry.key, entry.value);
  }
  for (const GgufTensor& tensor : file.tensors()) {
    require(file.find_tensor(tensor.name) == &tensor);
    const auto length = static_cast<uint64_t>(tensor.view.bytes());
    require(tensor.file_offset <= bytes.size() && length <= bytes.size() - tensor.file_offset);
    require(tensor.view.data == bytes.data() + tensor.file_offset);
  }
  answered(check_finite(file));
  const std::vector<std::byte> rewritten = builder.front();
  const auto again = GgufFile::parse(rewritten);
  require(again && again->metadata().size() == file.metadata().size());
}

}  // namespace
}  // namespace nagare

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // A copy of its own, so that a read past the end is seen; aligned as a mapped file is.
  constexpr std::align_val_t kAlignment{64};
  auto* copy = static_cast<std::byte*>(::operator new(size, kAlignment));
  if (size > 0) std::memcpy(copy, data, size);
  const std::span<const std::byte> bytes(copy, size);
  if (const auto file = nagare::GgufFile::parse(bytes)) nagare::use(*file, bytes);
  ::operator delete(copy, kAlignment);
  return 0;
}

// Any bytes as a NumPy array: where they parse, the array is as large as its shape says and can be converted.
#include <cstdint>
#include <span>

#include "formats/npy/npy_file.h"
#include "require.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
  using namespace nagare;
  const auto array = parse_npy({reinterpret_cast<const std::byte*>(bytes), count});
  if (!array) {
    require(!array.error().message.empty());
    return 0;
  }
  const auto elements = static_cast<size_t>(array->shape.elements());
  require(array->data.size() <= count);
  require(array->to_f64().size() == elements);
  if (array->dtype == DType::kF32) require(array->to_f32().size() == elements);
  return 0;
}

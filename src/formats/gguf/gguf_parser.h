// Bytes to what a GGUF file says. Everything the bytes claim (counts, lengths, shapes, offsets) is checked
// against what is there before anything is allocated or pointed at. Called by gguf_file.cc; others use
// GgufFile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/gguf/gguf_name_index.h"
#include "formats/gguf/gguf_types.h"

namespace nagare {

struct GgufContents {
  uint32_t version = 0;
  uint32_t alignment = 32;
  std::vector<GgufKeyValue> metadata;                        // in file order
  std::vector<std::vector<std::string_view>> string_arrays;  // what GgufValue::strings points into
  std::vector<GgufTensor> tensors;                           // in file order
  GgufNameIndex key_index;
  GgufNameIndex tensor_index;
};

// The result points into `file`. Each value is read from it once, so a file that changes meanwhile can give
// nonsense but no read past its end.
Result<GgufContents> parse_gguf(std::span<const std::byte> file);

}  // namespace nagare

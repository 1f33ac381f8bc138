// What a model file says, and what it would take to run it: for `nagare show`. Nothing is loaded; texts are
// as in the file, any bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "engine/text_model.h"

namespace nagare {

using SummaryValue = std::variant<bool, int64_t, uint64_t, double, std::string>;

struct SummaryKey {
  std::string key;
  std::string type;  // "u32", "array of string"
  bool is_array = false;
  uint64_t count = 1;                // elements of an array
  std::vector<SummaryValue> values;  // the value; of an array, its first elements
  bool is_cut() const { return is_array && values.size() < count; }
};

struct SummaryTensor {
  std::string name;
  std::string_view type;       // "q4_K"
  std::vector<int64_t> shape;  // outermost first
  int64_t bytes = 0;
  uint32_t part = 0;  // of a split model, from 0
};

// What the model is when it runs.
struct SummaryModel {
  std::string architecture;
  int64_t trained_context = 0;  // tokens
  int64_t context = 0;          // that the memory was estimated for
  std::string_view kv_type;
  MemoryEstimate memory;
};

struct FileSummary {
  uint32_t version = 0;
  uint32_t part_count = 1;
  uint64_t file_bytes = 0;
  uint64_t parameter_count = 0;
  std::vector<SummaryKey> metadata;
  std::vector<SummaryTensor> tensors;
  std::optional<SummaryModel> model;  // absent where the file has no weights or cannot be run
  Status runnable;                    // why the model cannot be run, where the file itself is sound
};

struct SummaryOptions {
  size_t max_elements = 8;  // of an array
  TextModelOptions load;    // the context, the cache's type, --check
};

// An error where the file is not a sound GGUF; what is wrong with the model inside is `runnable`.
Result<FileSummary> summarise_file(const std::filesystem::path& path, const SummaryOptions& options);

}  // namespace nagare

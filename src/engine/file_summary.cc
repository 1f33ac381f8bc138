#include "engine/file_summary.h"

#include <algorithm>
#include <cstring>

#include "formats/gguf/gguf_split.h"
#include "prepare/tokenizer/vocab_from_gguf.h"

namespace nagare {
namespace {

SummaryValue scalar(const GgufValue& value) {
  if (value.type == GgufType::kString) return std::string(value.text);
  if (const auto flag = value.boolean()) return *flag;
  if (const auto real = value.real()) return *real;
  if (const auto whole = value.integer<int64_t>()) return *whole;
  return value.integer<uint64_t>().value_or(0);
}

// Element `index` of an array of numbers or bools.
SummaryValue element(const GgufValue& array, size_t index) {
  const size_t bytes = fixed_bytes(array.element_type);
  GgufValue one{.type = array.element_type, .element_type = array.element_type};
  std::memcpy(&one.bits, array.numbers.data() + index * bytes, bytes);
  return scalar(one);
}

SummaryKey summarise(const GgufKeyValue& entry, size_t max_elements) {
  const GgufValue& value = entry.value;
  SummaryKey key{.key = std::string(entry.key), .type = value.describe_type(), .is_array = value.is_array()};
  if (!key.is_array) {
    key.values.push_back(scalar(value));
    return key;
  }
  key.count = value.count;
  const size_t shown = static_cast<size_t>(std::min<uint64_t>(value.count, max_elements));
  key.values.reserve(shown);
  for (size_t i = 0; i < shown; ++i) {
    if (value.element_type == GgufType::kString) {
      key.values.emplace_back(std::string(value.strings[i]));
    } else {
      key.values.push_back(element(value, i));
    }
  }
  return key;
}

// The model inside the file, as far as it can be run. A file with a vocabulary and no weights is sound.
Status describe_inside(const std::filesystem::path& path, const GgufFile& file, const SummaryOptions& options,
                       FileSummary& summary) {
  if (file.find("tokenizer.ggml.model") != nullptr) RETURN_IF_ERROR(vocab_from_gguf(file));
  if (file.tensors().empty()) return {};
  ASSIGN_OR_RETURN(const ModelOutline outline, TextModel::outline(path, options.load));
  summary.model = SummaryModel{.architecture = outline.description.architecture,
                               .trained_context = outline.description.context_length,
                               .context = outline.context_length,
                               .kv_type = name(outline.kv_dtype),
                               .memory = outline.memory};
  return {};
}

}  // namespace

Result<FileSummary> summarise_file(const std::filesystem::path& path, const SummaryOptions& options) {
  ASSIGN_OR_RETURN(const GgufFile file, open_gguf_model(path));
  FileSummary summary{.version = file.version(), .file_bytes = file.file_bytes()};
  summary.metadata.reserve(file.metadata().size());
  for (const GgufKeyValue& entry : file.metadata())
    summary.metadata.push_back(summarise(entry, options.max_elements));
  summary.tensors.reserve(file.tensors().size());
  for (const GgufTensor& tensor : file.tensors()) {
    const Shape& shape = tensor.view.shape;
    summary.tensors.push_back({.name = std::string(tensor.name),
                               .type = name(tensor.view.dtype),
                               .shape = {shape.dims.begin(), shape.dims.begin() + shape.rank},
                               .bytes = tensor.view.bytes(),
                               .part = tensor.part});
    summary.parameter_count += static_cast<uint64_t>(shape.elements());
    summary.part_count = std::max(summary.part_count, tensor.part + 1);
  }
  summary.runnable = describe_inside(path, file, options, summary);
  if (file.damaged()) {
    return failure("the model file was cut short while it was read; is something still writing it?");
  }
  return summary;
}

}  // namespace nagare

#include "formats/gguf/gguf_split.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/out_of_memory.h"
#include "base/printable.h"

namespace nagare {
namespace {

constexpr uint32_t kMaxParts = 999;  // far above any model, below what can be mapped at once

// What a part says about itself.
struct SplitKeys {
  uint32_t number = 0;  // from 0
  uint32_t count = 1;
  uint32_t tensor_count = 0;  // of all parts
};

Result<SplitKeys> split_keys(const GgufFile& file) {
  SplitKeys keys;
  ASSIGN_OR_RETURN(keys.count, file.u32_in_or("split.count", 0, kMaxParts, 1));
  if (keys.count <= 1) return SplitKeys{};
  ASSIGN_OR_RETURN(keys.number, file.require_u32_in("split.no", 0, keys.count - 1));
  ASSIGN_OR_RETURN(keys.tensor_count, file.require_u32("split.tensors.count"));
  return keys;
}

std::string part_suffix(uint32_t number, uint32_t count) {
  return fmt::format("-{:05}-of-{:05}.gguf", number + 1, count);
}

std::string file_name(const std::filesystem::path& path) {
  return printable(path.filename().string());
}

std::unexpected<Error> in_part(const std::filesystem::path& path, Error error) {
  error.message = fmt::format("gguf: in part {}: {}", file_name(path), error.message);
  return std::unexpected(std::move(error));
}

// The parts' paths, derived from one that is known to be part `keys.number`.
Result<std::vector<std::filesystem::path>> part_paths(const std::filesystem::path& path,
                                                      const SplitKeys& keys) {
  const std::string name = path.filename().string();
  const std::string suffix = part_suffix(keys.number, keys.count);
  if (!name.ends_with(suffix)) {
    return bad_input(
        "gguf: {} is part {} of {}, but its name does not end in {}; the other parts cannot be found",
        printable(name), keys.number + 1, keys.count, suffix);
  }
  const std::string stem = name.substr(0, name.size() - suffix.size());
  std::vector<std::filesystem::path> paths;
  paths.reserve(keys.count);
  for (uint32_t number = 0; number < keys.count; ++number) {
    paths.push_back(path.parent_path() / (stem + part_suffix(number, keys.count)));
  }
  return paths;
}

Result<GgufFile> open_part(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return bad_input("gguf: part {} is missing; it belongs beside the others", file_name(path));
  }
  auto part = GgufFile::open(path);
  if (!part) return in_part(path, std::move(part.error()));
  return part;
}

// Refuses a part that does not belong at place `number` of the model that `first` begins.
Status check_part(const GgufFile& first, const SplitKeys& expected, const GgufFile& part,
                  const std::filesystem::path& path) {
  const auto keys = split_keys(part);
  if (!keys) return in_part(path, keys.error());
  if (keys->count != expected.count) {
    return bad_input("gguf: {} says it is of {} parts; the model has {}", file_name(path), keys->count,
                     expected.count);
  }
  if (keys->number != expected.number) {
    return bad_input("gguf: {} says it is part {}; part {} is needed here (repeated or renamed?)",
                     file_name(path), keys->number + 1, expected.number + 1);
  }
  if (keys->tensor_count != expected.tensor_count) {
    return bad_input("gguf: {} is of another model: it says {} tensors in all, the others {}",
                     file_name(path), keys->tensor_count, expected.tensor_count);
  }
  for (const GgufKeyValue& entry : part.metadata()) {
    if (entry.key == "split.no" || entry.key == "general.alignment") continue;
    const GgufValue* same = first.find(entry.key);
    if (same != nullptr && *same != entry.value) {
      return bad_input("gguf: {} is of another model: key '{}' differs from the first part's",
                       file_name(path), printable(entry.key));
    }
  }
  return {};
}

}  // namespace

void GgufFile::append_part(GgufFile part) {
  const auto number = static_cast<uint32_t>(parts_.size());
  for (GgufTensor tensor : part.contents_.tensors) {
    tensor.part = number;
    contents_.tensors.push_back(tensor);
  }
  std::ranges::move(part.parts_, std::back_inserter(parts_));
  file_bytes_ += part.file_bytes_;
}

std::optional<std::string_view> GgufFile::index_tensors() {
  std::vector<std::string_view> names;
  names.reserve(contents_.tensors.size());
  for (const GgufTensor& tensor : contents_.tensors) names.push_back(tensor.name);
  return contents_.tensor_index.build(std::move(names));
}

Result<GgufFile> GgufFile::open_parts(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(GgufFile given, GgufFile::open(path));
  ASSIGN_OR_RETURN(SplitKeys keys, split_keys(given));
  if (keys.count == 1) return given;
  ASSIGN_OR_RETURN(const auto paths, part_paths(path, keys));
  keys.number = 0;
  ASSIGN_OR_RETURN(GgufFile model, open_part(paths[0]));
  RETURN_IF_ERROR(check_part(given, keys, model, paths[0]));
  for (keys.number = 1; keys.number < keys.count; ++keys.number) {
    const std::filesystem::path& part_path = paths[keys.number];
    ASSIGN_OR_RETURN(GgufFile part, open_part(part_path));
    RETURN_IF_ERROR(check_part(model, keys, part, part_path));
    model.append_part(std::move(part));
  }
  if (const auto twice = model.index_tensors()) {
    const auto& tensors = model.contents_.tensors;
    const auto last = std::ranges::find(tensors.rbegin(), tensors.rend(), *twice, &GgufTensor::name);
    return bad_input("gguf: {} repeats tensor '{}' of an earlier part", file_name(paths[last->part]),
                     printable(*twice));
  }
  if (model.tensors().size() != keys.tensor_count) {
    return bad_input("gguf: the {} parts of {} hold {} tensors; split.tensors.count says {}", keys.count,
                     file_name(paths[0]), model.tensors().size(), keys.tensor_count);
  }
  return model;
}

Result<GgufFile> open_gguf_model(const std::filesystem::path& path) {
  return or_out_of_memory("open the GGUF files", [&] { return GgufFile::open_parts(path); });
}

}  // namespace nagare

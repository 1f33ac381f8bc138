#include "formats/gguf/gguf_file.h"

#include <utility>

#include "base/out_of_memory.h"
#include "base/printable.h"

namespace nagare {

Result<GgufFile> GgufFile::open(const std::filesystem::path& path) {
  return or_out_of_memory("open the GGUF file", [&]() -> Result<GgufFile> {
    ASSIGN_OR_RETURN(MappedFile mapped, MappedFile::open(path));
    ASSIGN_OR_RETURN(GgufFile file, parse(mapped.bytes()));
    if (mapped.damaged()) return failure("gguf: the file became shorter while it was read");
    file.parts_.push_back(std::move(mapped));
    return file;
  });
}

Result<GgufFile> GgufFile::parse(std::span<const std::byte> bytes) {
  return or_out_of_memory("read the GGUF file", [&]() -> Result<GgufFile> {
    GgufFile file;
    ASSIGN_OR_RETURN(file.contents_, parse_gguf(bytes));
    file.file_bytes_ = bytes.size();
    return file;
  });
}

const GgufValue* GgufFile::find(std::string_view key) const {
  const auto at = contents_.key_index.find(key);
  return at ? &contents_.metadata[*at].value : nullptr;
}

const GgufTensor* GgufFile::find_tensor(std::string_view name) const {
  const auto at = contents_.tensor_index.find(name);
  return at ? &contents_.tensors[*at] : nullptr;
}

Result<const GgufTensor*> GgufFile::require_tensor(std::string_view name) const {
  const GgufTensor* tensor = find_tensor(name);
  if (tensor == nullptr) return bad_input("gguf: tensor '{}' is missing", printable(name));
  return tensor;
}

bool GgufFile::damaged() const {
  for (const MappedFile& part : parts_) {
    if (part.damaged()) return true;
  }
  return false;
}

void GgufFile::advise_will_need(const GgufTensor& tensor) const {
  if (tensor.part >= parts_.size()) return;
  parts_[tensor.part].advise_will_need(tensor.file_offset, static_cast<size_t>(tensor.view.bytes()));
}

void GgufFile::release_pages(const GgufTensor& tensor) const {
  if (tensor.part >= parts_.size()) return;
  parts_[tensor.part].release_pages(tensor.file_offset, static_cast<size_t>(tensor.view.bytes()));
}

}  // namespace nagare

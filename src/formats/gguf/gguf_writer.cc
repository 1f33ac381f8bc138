#include "formats/gguf/gguf_writer.h"

#include <cstring>
#include <utility>

namespace nagare {
namespace {

constexpr uint32_t kVersion = 3;

void put_bytes(std::vector<std::byte>& out, const void* bytes, size_t length) {
  if (length == 0) return;
  const size_t at = out.size();
  out.resize(at + length);
  std::memcpy(out.data() + at, bytes, length);
}

template <class T>
void put(std::vector<std::byte>& out, T value) {
  put_bytes(out, &value, sizeof value);
}

void put_string(std::vector<std::byte>& out, std::string_view text) {
  put<uint64_t>(out, text.size());
  put_bytes(out, text.data(), text.size());
}

uint64_t padding(uint64_t bytes, uint32_t alignment) {
  return (alignment - bytes % alignment) % alignment;
}

}  // namespace

void GgufBuilder::begin_value(std::string_view key, GgufType type) {
  ++key_count_;
  put_string(metadata_, key);
  put(metadata_, static_cast<uint32_t>(type));
}

void GgufBuilder::begin_array(std::string_view key, GgufType element_type, uint64_t count) {
  begin_value(key, GgufType::kArray);
  put(metadata_, static_cast<uint32_t>(element_type));
  put(metadata_, count);
}

void GgufBuilder::add_u8(std::string_view key, uint8_t value) {
  begin_value(key, GgufType::kU8);
  put(metadata_, value);
}
void GgufBuilder::add_u16(std::string_view key, uint16_t value) {
  begin_value(key, GgufType::kU16);
  put(metadata_, value);
}
void GgufBuilder::add_u32(std::string_view key, uint32_t value) {
  begin_value(key, GgufType::kU32);
  put(metadata_, value);
}
void GgufBuilder::add_i32(std::string_view key, int32_t value) {
  begin_value(key, GgufType::kI32);
  put(metadata_, value);
}
void GgufBuilder::add_u64(std::string_view key, uint64_t value) {
  begin_value(key, GgufType::kU64);
  put(metadata_, value);
}
void GgufBuilder::add_f32(std::string_view key, float value) {
  begin_value(key, GgufType::kF32);
  put(metadata_, value);
}
void GgufBuilder::add_bool(std::string_view key, bool value) {
  begin_value(key, GgufType::kBool);
  put<uint8_t>(metadata_, value ? 1 : 0);
}
void GgufBuilder::add_string(std::string_view key, std::string_view value) {
  begin_value(key, GgufType::kString);
  put_string(metadata_, value);
}
void GgufBuilder::add_strings(std::string_view key, std::span<const std::string_view> values) {
  begin_array(key, GgufType::kString, values.size());
  for (const std::string_view value : values) put_string(metadata_, value);
}
void GgufBuilder::add_i32s(std::string_view key, std::span<const int32_t> values) {
  begin_array(key, GgufType::kI32, values.size());
  put_bytes(metadata_, values.data(), values.size_bytes());
}
void GgufBuilder::add_f32s(std::string_view key, std::span<const float> values) {
  begin_array(key, GgufType::kF32, values.size());
  put_bytes(metadata_, values.data(), values.size_bytes());
}

void GgufBuilder::add(std::string_view key, const GgufValue& value) {
  if (value.is_array() && value.element_type == GgufType::kString) {
    add_strings(key, value.strings);
  } else if (value.is_array()) {
    begin_array(key, value.element_type, value.count);
    put_bytes(metadata_, value.numbers.data(), value.numbers.size());
  } else if (value.type == GgufType::kString) {
    add_string(key, value.text);
  } else {
    begin_value(key, value.type);
    put_bytes(metadata_, &value.bits, fixed_bytes(value.type));
  }
}

void GgufBuilder::set_alignment(uint32_t alignment) {
  alignment_ = alignment;
  add_u32("general.alignment", alignment);
}

void GgufBuilder::add_tensor(std::string_view name, DType dtype, const Shape& shape) {
  put_string(tensor_records_, name);
  put(tensor_records_, static_cast<uint32_t>(shape.rank));
  for (int axis = shape.rank - 1; axis >= 0; --axis) put(tensor_records_, shape[axis]);
  put(tensor_records_, static_cast<uint32_t>(traits(dtype).gguf_type));
  put(tensor_records_, data_bytes_);
  const auto bytes = static_cast<uint64_t>(TensorView{dtype, shape, nullptr}.bytes());
  tensor_bytes_.push_back(bytes);
  data_bytes_ += bytes + padding(bytes, alignment_);
}

std::vector<std::byte> GgufBuilder::front() const {
  std::vector<std::byte> out;
  put_bytes(out, "GGUF", 4);
  put(out, kVersion);
  put<uint64_t>(out, tensor_bytes_.size());
  put(out, key_count_);
  out.insert(out.end(), metadata_.begin(), metadata_.end());
  out.insert(out.end(), tensor_records_.begin(), tensor_records_.end());
  out.resize(out.size() + padding(out.size(), alignment_));
  return out;
}

Result<GgufWriter> GgufWriter::create(const std::filesystem::path& path, const GgufBuilder& builder) {
  ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
  RETURN_IF_ERROR(file.write(builder.front()));
  return GgufWriter(std::move(file), builder);
}

GgufWriter::GgufWriter(AtomicFile file, const GgufBuilder& builder)
    : file_(std::move(file)),
      tensor_bytes_(builder.tensor_bytes().begin(), builder.tensor_bytes().end()),
      alignment_(builder.alignment()) {}

Status GgufWriter::append(std::span<const std::byte> bytes) {
  if (tensor_ == tensor_bytes_.size() || bytes.size() > tensor_bytes_[tensor_] - tensor_done_) {
    return failure("gguf: more bytes than tensor {} of {} was declared with", tensor_ + 1,
                   tensor_bytes_.size());
  }
  RETURN_IF_ERROR(file_.write(bytes));
  tensor_done_ += bytes.size();
  if (tensor_done_ < tensor_bytes_[tensor_]) return {};
  tensor_done_ = 0;
  return file_.write_zeros(padding(tensor_bytes_[tensor_++], alignment_));
}

Status GgufWriter::commit() {
  if (tensor_ != tensor_bytes_.size()) {
    return failure("gguf: only {} of {} tensors were written", tensor_, tensor_bytes_.size());
  }
  return file_.commit();
}

std::vector<std::byte> gguf_in_memory(const GgufBuilder& builder,
                                      std::span<const std::vector<std::byte>> data) {
  std::vector<std::byte> out = builder.front();
  for (const std::vector<std::byte>& bytes : data) {
    out.insert(out.end(), bytes.begin(), bytes.end());
    out.resize(out.size() + padding(bytes.size(), builder.alignment()));
  }
  return out;
}

}  // namespace nagare

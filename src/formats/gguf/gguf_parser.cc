#include "formats/gguf/gguf_parser.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include "base/printable.h"

namespace nagare {
namespace {

// More than any model has; keeps what a hostile file can make us allocate near its own size.
constexpr uint64_t kMaxKeys = 1u << 20;
constexpr uint64_t kMaxTensors = 1u << 20;
constexpr uint64_t kMinKeyBytes = 8 + 4 + 1;         // name length, type, the smallest value
constexpr uint64_t kMinTensorBytes = 8 + 4 + 4 + 8;  // name length, rank, type, offset
constexpr uint32_t kMaxFileRank = 4;                 // dimensions a GGUF tensor can have
constexpr uint32_t kMinAlignment = 8;
constexpr uint32_t kMaxAlignment = 1u << 20;

// Where in the file something is, for messages.
struct Place {
  std::string_view what;  // "key", "tensor"
  uint64_t index = 0;     // from 0
  uint64_t count = 0;
};

std::string describe(const Place& place, std::string_view name) {
  std::string text = fmt::format("{} {} of {}", place.what, grouped(place.index + 1), grouped(place.count));
  if (!name.empty()) text += fmt::format(" ('{}')", printable(name));
  return text;
}

// Hands out the file's bytes from front to back, each once.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  uint64_t left() const { return bytes_.size() - at_; }
  uint64_t position() const { return at_; }

  template <class T>
  std::optional<T> read() {
    if (left() < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  std::optional<std::span<const std::byte>> take(uint64_t length) {
    if (left() < length) return std::nullopt;
    const auto taken = bytes_.subspan(at_, length);
    at_ += length;
    return taken;
  }
  std::optional<std::string_view> read_string() {
    const auto length = read<uint64_t>();
    if (!length) return std::nullopt;
    const auto text = take(*length);
    if (!text) return std::nullopt;
    return std::string_view(reinterpret_cast<const char*>(text->data()), text->size());
  }

 private:
  std::span<const std::byte> bytes_;
  uint64_t at_ = 0;
};

class Parser {
 public:
  explicit Parser(std::span<const std::byte> file) : file_(file), reader_(file) {}

  Result<GgufContents> parse() {
    RETURN_IF_ERROR(read_header());
    RETURN_IF_ERROR(read_metadata());
    RETURN_IF_ERROR(read_alignment());
    RETURN_IF_ERROR(read_tensors());
    RETURN_IF_ERROR(place_tensors());
    RETURN_IF_ERROR(check_overlap());
    return std::move(contents_);
  }

 private:
  Status read_header();
  Status read_metadata();
  Status read_value(const Place& place, std::string_view key, GgufType type, GgufValue& value);
  Status read_array(const Place& place, std::string_view key, GgufValue& value);
  Status read_string_array(const Place& place, std::string_view key, GgufValue& value);
  Status read_alignment();
  Status read_tensors();
  Result<GgufTensor> read_tensor(const Place& place);
  Status read_shape(const Place& place, std::string_view tensor_name, uint32_t rank, Shape& shape);
  Status place_tensors();
  Status check_overlap() const;

  std::unexpected<Error> cut_short(const Place& place, std::string_view name) const {
    return bad_input("gguf: the file ends ({} bytes) inside {}; is the download complete?",
                     grouped(file_.size()), describe(place, name));
  }

  std::span<const std::byte> file_;
  ByteReader reader_;
  GgufContents contents_;
  uint64_t tensor_count_ = 0;
  uint64_t key_count_ = 0;
};

Status check_magic(std::span<const std::byte> file) {
  constexpr std::string_view kMagic = "GGUF";
  // What came before GGUF, with the magic's bytes as they lie in the file.
  constexpr std::string_view kOldMagics[] = {"lmgg", "tjgg", "fmgg"};
  const std::string_view found(reinterpret_cast<const char*>(file.data()), std::min<size_t>(4, file.size()));
  if (found == kMagic) return {};
  if (found == "FUGG")
    return unsupported("gguf: the file is byte-swapped (it starts with 'FUGG'); little-endian is read");
  if (std::ranges::find(kOldMagics, found) != std::end(kOldMagics)) {
    return unsupported("gguf: this is a GGML file from before GGUF; convert the model again");
  }
  if (found.size() < 4) return bad_input("not GGUF ({} bytes)", file.size());
  return bad_input("not GGUF ({} bytes, starting with '{}')", grouped(file.size()), printable(found));
}

Status Parser::read_header() {
  RETURN_IF_ERROR(check_magic(file_));
  (void)reader_.take(4);
  const auto version = reader_.read<uint32_t>();
  if (!version) return bad_input("not GGUF ({} bytes): it ends before the version", file_.size());
  if (*version != 0 && (*version & 0xffffu) == 0) {
    return unsupported("gguf: the file is big-endian (version {}); little-endian is read",
                       std::byteswap(*version));
  }
  if (*version != 2 && *version != 3) {
    return unsupported("gguf: version {} is not supported; versions 2 and 3 are{}", *version,
                       *version == 1 ? " (convert the model again)" : "");
  }
  contents_.version = *version;
  const auto tensor_count = reader_.read<uint64_t>();
  const auto key_count = reader_.read<uint64_t>();
  if (!tensor_count || !key_count) {
    return bad_input("gguf: the file ends ({} bytes) inside the header; is the download complete?",
                     file_.size());
  }
  tensor_count_ = *tensor_count;
  key_count_ = *key_count;
  const auto check = [&](uint64_t count, uint64_t each, uint64_t limit, const char* what) -> Status {
    if (count > reader_.left() / each) {
      return bad_input("gguf: {} {} are declared, but only {} bytes follow", grouped(count), what,
                       grouped(reader_.left()));
    }
    if (count > limit)
      return unsupported("gguf: {} {}; at most {} are read", grouped(count), what, grouped(limit));
    return {};
  };
  RETURN_IF_ERROR(check(tensor_count_, kMinTensorBytes, kMaxTensors, "tensors"));
  return check(key_count_, kMinKeyBytes, kMaxKeys, "keys");
}

Status Parser::read_metadata() {
  contents_.metadata.reserve(key_count_);
  for (uint64_t i = 0; i < key_count_; ++i) {
    const Place place{"key", i, key_count_};
    const auto key = reader_.read_string();
    const auto type = reader_.read<uint32_t>();
    if (!key || !type) return cut_short(place, key.value_or(""));
    GgufKeyValue& entry = contents_.metadata.emplace_back(GgufKeyValue{*key, {}});
    RETURN_IF_ERROR(read_value(place, *key, static_cast<GgufType>(*type), entry.value));
  }
  std::vector<std::string_view> names;
  names.reserve(key_count_);
  for (const GgufKeyValue& entry : contents_.metadata) names.push_back(entry.key);
  if (const auto twice = contents_.key_index.build(std::move(names))) {
    return bad_input("gguf: key '{}' occurs twice", printable(*twice));
  }
  return {};
}

Status Parser::read_value(const Place& place, std::string_view key, GgufType type, GgufValue& value) {
  value.type = value.element_type = type;
  if (type == GgufType::kArray) return read_array(place, key, value);
  if (type == GgufType::kString) {
    const auto text = reader_.read_string();
    if (!text) return cut_short(place, key);
    value.text = *text;
    return {};
  }
  const size_t length = fixed_bytes(type);
  if (length == 0) {
    return bad_input("gguf: {} has the unknown type {}", describe(place, key), static_cast<uint32_t>(type));
  }
  const auto bytes = reader_.take(length);
  if (!bytes) return cut_short(place, key);
  std::memcpy(&value.bits, bytes->data(), length);
  if (type == GgufType::kBool && value.bits > 1) {
    return bad_input("gguf: {} is a bool with the value {}", describe(place, key), value.bits);
  }
  return {};
}

Status Parser::read_array(const Place& place, std::string_view key, GgufValue& value) {
  const auto element_type = reader_.read<uint32_t>();
  const auto count = reader_.read<uint64_t>();
  if (!element_type || !count) return cut_short(place, key);
  value.element_type = static_cast<GgufType>(*element_type);
  value.count = *count;
  if (value.element_type == GgufType::kArray) {
    return unsupported("gguf: {} is an array of arrays, which is not read", describe(place, key));
  }
  const size_t element_bytes = value.element_type == GgufType::kString ? 8 : fixed_bytes(value.element_type);
  if (element_bytes == 0) {
    return bad_input("gguf: {} is an array of the unknown type {}", describe(place, key), *element_type);
  }
  if (*count > reader_.left() / element_bytes) {
    return bad_input("gguf: {} declares an array of {} elements, but only {} bytes follow",
                     describe(place, key), grouped(*count), grouped(reader_.left()));
  }
  if (value.element_type == GgufType::kString) return read_string_array(place, key, value);
  value.numbers = *reader_.take(*count * element_bytes);
  return {};
}

Status Parser::read_string_array(const Place& place, std::string_view key, GgufValue& value) {
  std::vector<std::string_view>& strings = contents_.string_arrays.emplace_back();
  strings.reserve(value.count);
  for (uint64_t i = 0; i < value.count; ++i) {
    const auto text = reader_.read_string();
    if (!text) return cut_short(place, key);
    strings.push_back(*text);
  }
  value.strings = strings;
  return {};
}

Status Parser::read_alignment() {
  const auto at = contents_.key_index.find("general.alignment");
  if (!at) return {};
  const GgufValue& value = contents_.metadata[*at].value;
  if (value.type != GgufType::kU32) {
    return bad_input("gguf: key 'general.alignment' is of type {}; expected u32", value.describe_type());
  }
  const auto alignment = static_cast<uint32_t>(value.bits);
  if (!std::has_single_bit(alignment) || alignment < kMinAlignment || alignment > kMaxAlignment) {
    return bad_input("gguf: key 'general.alignment' is {}; it must be a power of two from {} to {}",
                     alignment, kMinAlignment, kMaxAlignment);
  }
  contents_.alignment = alignment;
  return {};
}

Status Parser::read_tensors() {
  contents_.tensors.reserve(tensor_count_);
  std::vector<std::string_view> names;
  names.reserve(tensor_count_);
  for (uint64_t i = 0; i < tensor_count_; ++i) {
    ASSIGN_OR_RETURN(GgufTensor tensor, read_tensor({"tensor", i, tensor_count_}));
    names.push_back(tensor.name);
    contents_.tensors.push_back(tensor);
  }
  if (const auto twice = contents_.tensor_index.build(std::move(names))) {
    return bad_input("gguf: tensor '{}' occurs twice", printable(*twice));
  }
  return {};
}

// Leaves the offset as the file has it, from the start of the data section.
Result<GgufTensor> Parser::read_tensor(const Place& place) {
  GgufTensor tensor;
  const auto tensor_name = reader_.read_string();
  const auto rank = reader_.read<uint32_t>();
  if (!tensor_name || !rank) return cut_short(place, tensor_name.value_or(""));
  tensor.name = *tensor_name;
  if (*rank > kMaxFileRank) {
    return bad_input("gguf: tensor '{}' has {} dimensions; at most {} are possible", printable(tensor.name),
                     *rank, kMaxFileRank);
  }
  RETURN_IF_ERROR(read_shape(place, tensor.name, *rank, tensor.view.shape));
  const auto type = reader_.read<uint32_t>();
  const auto offset = reader_.read<uint64_t>();
  if (!type || !offset) return cut_short(place, tensor.name);
  const auto dtype = dtype_from_gguf(*type);
  if (!dtype) {
    return unsupported("gguf: tensor '{}' has element type {}, which is unknown or no longer in use",
                       printable(tensor.name), *type);
  }
  tensor.view.dtype = *dtype;
  tensor.file_offset = *offset;
  const DTypeTraits& element = traits(*dtype);
  const Shape& shape = tensor.view.shape;
  if (shape.row_elements() % element.block_elements != 0) {
    return bad_input("gguf: tensor '{}' has rows of {} elements, not a multiple of {}'s block of {}",
                     printable(tensor.name), shape.row_elements(), element.name, element.block_elements);
  }
  return tensor;
}

Status Parser::read_shape(const Place& place, std::string_view tensor_name, uint32_t rank, Shape& shape) {
  shape.rank = static_cast<int>(rank);
  int64_t elements = 1;
  for (uint32_t i = 0; i < rank; ++i) {
    const auto dim = reader_.read<int64_t>();
    if (!dim) return cut_short(place, tensor_name);
    if (*dim <= 0) {
      return bad_input("gguf: tensor '{}' has a dimension of {}", printable(tensor_name), *dim);
    }
    if (__builtin_mul_overflow(elements, *dim, &elements)) {
      return bad_input("gguf: tensor '{}' has more elements than can be counted", printable(tensor_name));
    }
    shape.dims[rank - 1 - i] = *dim;
  }
  return {};
}

Status Parser::place_tensors() {
  const uint64_t mask = contents_.alignment - 1;
  // The file was mapped, so its size is far from where this could wrap.
  const uint64_t data_begin = (reader_.position() + mask) & ~mask;
  const uint64_t data_bytes = file_.size() > data_begin ? file_.size() - data_begin : 0;
  for (GgufTensor& tensor : contents_.tensors) {
    const uint64_t offset = tensor.file_offset;
    if ((offset & mask) != 0) {
      return bad_input("gguf: tensor '{}' starts at offset {}, not a multiple of the alignment {}",
                       printable(tensor.name), offset, contents_.alignment);
    }
    const auto blocks =
        static_cast<uint64_t>(tensor.view.shape.elements() / traits(tensor.view.dtype).block_elements);
    const auto block_bytes = static_cast<uint64_t>(traits(tensor.view.dtype).block_bytes);
    if (blocks > UINT64_MAX / 2 / block_bytes || offset > UINT64_MAX / 2) {
      return bad_input("gguf: tensor '{}' is larger than any file", printable(tensor.name));
    }
    const uint64_t end = offset + blocks * block_bytes;
    if (end > data_bytes) {
      const uint64_t data_end = std::max<uint64_t>(file_.size(), data_begin);
      return bad_input("gguf: tensor '{}' ends {} bytes past the file; is the download complete?",
                       printable(tensor.name), grouped(end - data_bytes + (data_end - file_.size())));
    }
    tensor.file_offset = data_begin + offset;
    tensor.view.data = file_.data() + tensor.file_offset;
  }
  return {};
}

Status Parser::check_overlap() const {
  std::vector<const GgufTensor*> by_offset;
  by_offset.reserve(contents_.tensors.size());
  for (const GgufTensor& tensor : contents_.tensors) by_offset.push_back(&tensor);
  std::ranges::sort(by_offset, {}, &GgufTensor::file_offset);
  for (size_t i = 1; i < by_offset.size(); ++i) {
    const GgufTensor& before = *by_offset[i - 1];
    if (before.file_offset + static_cast<uint64_t>(before.view.bytes()) > by_offset[i]->file_offset) {
      return bad_input("gguf: tensors '{}' and '{}' overlap", printable(before.name),
                       printable(by_offset[i]->name));
    }
  }
  return {};
}

}  // namespace

Result<GgufContents> parse_gguf(std::span<const std::byte> file) {
  return Parser(file).parse();
}

}  // namespace nagare

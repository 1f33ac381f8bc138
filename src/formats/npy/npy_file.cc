#include "formats/npy/npy_file.h"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/mapped_file.h"
#include "base/printable.h"

namespace nagare {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kHeaderAlignment = 64;

// Reads the header's Python dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (24, 512), }
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view text) : text_(text) {}

  Result<NpyArray> read() {
    NpyArray array;
    bool has_descr = false, has_order = false, has_shape = false;
    if (!take("{")) return malformed();
    while (!take("}")) {
      const auto key = quoted();
      if (!key || !take(":")) return malformed();
      bool& seen = *key == "descr" ? has_descr : *key == "fortran_order" ? has_order : has_shape;
      if (seen) return malformed();
      seen = true;
      if (*key == "descr") {
        RETURN_IF_ERROR(read_descr(array));
      } else if (*key == "fortran_order") {
        if (take("True")) return unsupported("npy: the array is in Fortran order; C order is read");
        if (!take("False")) return malformed();
      } else if (*key != "shape") {
        return bad_input("npy: unknown key '{}' in the header", printable(*key));
      } else {
        RETURN_IF_ERROR(read_shape(array.shape));
      }
      (void)take(",");
    }
    if (!has_descr || !has_order || !has_shape) return malformed();
    return array;
  }

 private:
  static std::unexpected<Error> malformed() { return bad_input("npy: the header is not that of an array"); }

  // Whether `word` comes next, after spaces; the spaces are taken in any case.
  bool take(std::string_view word) {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n')) text_.remove_prefix(1);
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }

  std::optional<std::string_view> quoted() {
    if (!take("'")) return std::nullopt;
    const size_t end = text_.find('\'');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view inside = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    return inside;
  }

  Status read_descr(NpyArray& array) {
    const auto descr = quoted();
    if (!descr) return malformed();
    if (*descr == "<f4") {
      array.dtype = DType::kF32;
    } else if (*descr == "<f8") {
      array.dtype = DType::kF64;
    } else if (*descr == "<i4") {
      array.dtype = DType::kI32;
    } else {
      return unsupported("npy: elements of type '{}'; '<f4', '<f8' and '<i4' are read", printable(*descr));
    }
    return {};
  }

  Status read_shape(Shape& shape) {
    if (!take("(")) return malformed();
    int64_t elements = 1;
    while (!take(")")) {
      int64_t dim = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), dim);
      if (error != std::errc() || dim < 0) return malformed();
      if (shape.rank == kMaxRank) return unsupported("npy: more than {} dimensions", kMaxRank);
      if (__builtin_mul_overflow(elements, dim, &elements)) return malformed();
      text_.remove_prefix(static_cast<size_t>(end - text_.data()));
      shape.dims[static_cast<size_t>(shape.rank++)] = dim;
      if (!take(",") && !text_.starts_with(')')) return malformed();
    }
    return {};
  }

  std::string_view text_;
};

template <class To>
std::vector<To> convert(const NpyArray& array) {
  const auto fill = [&]<class From>(From) {
    std::vector<To> out(array.data.size() / sizeof(From));
    for (size_t i = 0; i < out.size(); ++i) {
      From value;
      std::memcpy(&value, array.data.data() + i * sizeof value, sizeof value);
      out[i] = static_cast<To>(value);
    }
    return out;
  };
  if (array.dtype == DType::kF64) return fill(double{});
  if (array.dtype == DType::kI32) return fill(int32_t{});
  return fill(float{});
}

}  // namespace

std::vector<float> NpyArray::to_f32() const {
  return convert<float>(*this);
}

std::vector<double> NpyArray::to_f64() const {
  return convert<double>(*this);
}

Result<NpyArray> parse_npy(std::span<const std::byte> file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (!text.starts_with(kMagic) || text.size() < 10)
    return bad_input("not a NumPy array ({} bytes)", file.size());
  const int version = static_cast<unsigned char>(text[6]);
  if (version < 1 || version > 3) return unsupported("npy: version {} is not supported; 1 to 3 are", version);
  const size_t length_bytes = version == 1 ? 2 : 4;
  uint32_t header_bytes = 0;
  if (text.size() < 8 + length_bytes) return bad_input("npy: the file ends inside the header");
  std::memcpy(&header_bytes, file.data() + 8, length_bytes);
  const size_t data_begin = 8 + length_bytes + header_bytes;
  if (data_begin > file.size()) return bad_input("npy: the file ends inside the header");
  ASSIGN_OR_RETURN(NpyArray array, HeaderReader(text.substr(8 + length_bytes, header_bytes)).read());
  int64_t data_bytes = 0;
  if (__builtin_mul_overflow(array.shape.elements(), traits(array.dtype).block_bytes, &data_bytes) ||
      static_cast<uint64_t>(data_bytes) != file.size() - data_begin) {
    return bad_input("npy: the shape does not match the {} bytes of data", file.size() - data_begin);
  }
  array.data.assign(file.begin() + static_cast<std::ptrdiff_t>(data_begin), file.end());
  return array;
}

Result<NpyArray> read_npy(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::open(path));
  return parse_npy(file.bytes());
}

Result<NpyWriter> NpyWriter::create(const std::filesystem::path& path, const Shape& shape) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (int i = 0; i < shape.rank; ++i) header += fmt::format("{}{}", i == 0 ? "" : ", ", shape[i]);
  header += shape.rank == 1 ? ",), }" : "), }";
  const size_t unpadded = kMagic.size() + 4 + header.size() + 1;
  header.append((kHeaderAlignment - unpadded % kHeaderAlignment) % kHeaderAlignment, ' ');
  header += '\n';
  std::string front(kMagic);
  front += {'\x01', '\x00', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  front += header;
  ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
  RETURN_IF_ERROR(file.write(std::as_bytes(std::span(front))));
  return NpyWriter(std::move(file), shape.elements());
}

Status NpyWriter::append(std::span<const float> values) {
  missing_ -= static_cast<int64_t>(values.size());
  return file_.write(std::as_bytes(values));
}

Status NpyWriter::commit() {
  if (missing_ != 0) {
    return failure("npy: {} numbers {}", std::abs(missing_), missing_ > 0 ? "are missing" : "too many");
  }
  return file_.commit();
}

Status write_npy(const std::filesystem::path& path, const Shape& shape, std::span<const float> values) {
  ASSIGN_OR_RETURN(NpyWriter writer, NpyWriter::create(path, shape));
  RETURN_IF_ERROR(writer.append(values));
  return writer.commit();
}

}  // namespace nagare

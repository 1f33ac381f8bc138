#include "models/tiny_model.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

#include "tensor/dequantise.h"
#include "tensor/quantise.h"

namespace nagare::test {

TinyModel::TinyModel(std::string architecture, uint64_t seed)
    : architecture_(std::move(architecture)), engine_(seed) {}

TinyModel& TinyModel::integer(const std::string& key, uint32_t value) {
  keys_[architecture_ + "." + key] = {.kind = Key::Kind::kInteger, .integer = value};
  return *this;
}
TinyModel& TinyModel::integers(const std::string& key, std::vector<int32_t> values) {
  keys_[architecture_ + "." + key] = {.kind = Key::Kind::kIntegers, .integers = std::move(values)};
  return *this;
}
TinyModel& TinyModel::number(const std::string& key, float value) {
  keys_[architecture_ + "." + key] = {.kind = Key::Kind::kNumber, .number = value};
  return *this;
}
TinyModel& TinyModel::text(const std::string& key, std::string_view value) {
  keys_[architecture_ + "." + key] = {.kind = Key::Kind::kText, .text = std::string(value)};
  return *this;
}
TinyModel& TinyModel::flag(const std::string& key, bool value) {
  keys_[architecture_ + "." + key] = {.kind = Key::Kind::kFlag, .integer = value ? 1u : 0u};
  return *this;
}

// Bell-shaped: the sum of three even numbers has a deviation of 1/2.
double TinyModel::random(double deviation) {
  double sum = 0;
  for (int i = 0; i < 3; ++i) sum += static_cast<double>(engine_() >> 11) * 0x1p-53 - 0.5;
  return 2 * deviation * sum;
}

void TinyModel::fill(const std::string& name, const Shape& shape, double centre, double deviation) {
  Tensor tensor{shape, Matrix(shape.rows(), shape.row_elements())};
  // What the file holds is float32.
  for (double& value : tensor.values.data)
    value = static_cast<double>(static_cast<float>(centre + random(deviation)));
  tensors_[name] = std::move(tensor);
}

TinyModel& TinyModel::matrix(const std::string& name, int64_t rows, int64_t columns) {
  fill(name, Shape(rows, columns), 0, 1 / std::sqrt(static_cast<double>(columns)));
  return *this;
}
TinyModel& TinyModel::vector(const std::string& name, int64_t columns, double centre, double deviation) {
  fill(name, Shape(columns), centre, deviation);
  return *this;
}
TinyModel& TinyModel::stack(const std::string& name, int64_t count, int64_t rows, int64_t columns) {
  fill(name, Shape(count, rows, columns), 0, 1 / std::sqrt(static_cast<double>(columns)));
  return *this;
}

TinyModel& TinyModel::quantise(const std::string& name, DType dtype) {
  Tensor& tensor = tensors_.at(name);
  Matrix& values = tensor.values;
  std::vector<float> row(static_cast<size_t>(values.columns));
  const int64_t bytes = row_bytes(dtype, values.columns);
  tensor.dtype = dtype;
  tensor.bytes.resize(static_cast<size_t>(values.rows * bytes));
  for (int64_t r = 0; r < values.rows; ++r) {
    for (int64_t c = 0; c < values.columns; ++c)
      row[static_cast<size_t>(c)] = static_cast<float>(values.at(r, c));
    std::byte* const packed = tensor.bytes.data() + r * bytes;
    quantise_row(dtype, row.data(), packed, values.columns);
    dequantise_row(dtype, packed, row.data(), values.columns);
    for (int64_t c = 0; c < values.columns; ++c) values.at(r, c) = row[static_cast<size_t>(c)];
  }
  return *this;
}

void TinyModel::reshape(const std::string& name, const Shape& shape) {
  fill(name, shape, 0, 1);
}

std::vector<std::string> TinyModel::tensor_names() const {
  std::vector<std::string> names;
  names.reserve(tensors_.size());
  for (const auto& [name, tensor] : tensors_) names.push_back(name);
  return names;
}

std::vector<std::string> TinyModel::key_names() const {
  std::vector<std::string> names;
  names.reserve(keys_.size());
  for (const auto& [name, key] : keys_) names.push_back(name.substr(architecture_.size() + 1));
  return names;
}

Result<GgufFile> TinyModel::file() {
  GgufBuilder builder;
  builder.add_string("general.architecture", architecture_);
  for (const auto& [name, key] : keys_) {
    if (key.kind == Key::Kind::kInteger) builder.add_u32(name, key.integer);
    if (key.kind == Key::Kind::kIntegers) builder.add_i32s(name, key.integers);
    if (key.kind == Key::Kind::kNumber) builder.add_f32(name, key.number);
    if (key.kind == Key::Kind::kText) builder.add_string(name, key.text);
    if (key.kind == Key::Kind::kFlag) builder.add_bool(name, key.integer != 0);
  }
  std::vector<std::vector<std::byte>> data;
  data.reserve(tensors_.size());
  for (const auto& [name, tensor] : tensors_) {
    builder.add_tensor(name, tensor.dtype, tensor.shape);
    if (tensor.dtype != DType::kF32) {
      data.push_back(tensor.bytes);
      continue;
    }
    const std::vector<float> floats(tensor.values.data.begin(), tensor.values.data.end());
    const auto bytes = std::as_bytes(std::span(floats));
    data.emplace_back(bytes.begin(), bytes.end());
  }
  const std::vector<std::byte> whole = gguf_in_memory(builder, data);
  // A file in memory starts at a multiple of 64.
  bytes_.assign(whole.size() + 64, std::byte{0});
  void* start = bytes_.data();
  size_t room = bytes_.size();
  std::byte* const aligned = static_cast<std::byte*>(std::align(64, whole.size(), start, room));
  std::memcpy(aligned, whole.data(), whole.size());
  return GgufFile::parse(std::span(aligned, whole.size()));
}

}  // namespace nagare::test

// A tiny model of random weights: written as GGUF for the product, and kept as plain matrices for the
// reference forward passes.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "formats/gguf/gguf_file.h"
#include "formats/gguf/gguf_writer.h"

namespace nagare::test {

// Row-major; a vector is a matrix of one row.
struct Matrix {
  int64_t rows = 0;
  int64_t columns = 0;
  std::vector<double> data;

  Matrix() = default;
  Matrix(int64_t r, int64_t c) : rows(r), columns(c), data(static_cast<size_t>(r * c)) {}
  double& at(int64_t r, int64_t c) { return data[static_cast<size_t>(r * columns + c)]; }
  double at(int64_t r, int64_t c) const { return data[static_cast<size_t>(r * columns + c)]; }
};

class TinyModel {
 public:
  TinyModel(std::string architecture, uint64_t seed);

  // Keys below the architecture's name.
  TinyModel& integer(const std::string& key, uint32_t value);
  TinyModel& integers(const std::string& key, std::vector<int32_t> values);
  TinyModel& number(const std::string& key, float value);
  TinyModel& text(const std::string& key, std::string_view value);
  TinyModel& flag(const std::string& key, bool value);

  // Random tensors: weights around 0 with the deviation of 1/√columns, vectors around `centre`.
  TinyModel& matrix(const std::string& name, int64_t rows, int64_t columns);
  TinyModel& vector(const std::string& name, int64_t columns, double centre, double deviation = 0.1);
  // [count, rows, columns]; the reference sees it as count · rows rows.
  TinyModel& stack(const std::string& name, int64_t count, int64_t rows, int64_t columns);

  // From now on in the file as that type, and for the reference what that type makes of it.
  TinyModel& quantise(const std::string& name, DType dtype);

  bool has(const std::string& name) const { return tensors_.contains(name); }
  const Matrix& operator[](const std::string& name) const { return tensors_.at(name).values; }

  // For tests of what is wrong with a file.
  void remove_tensor(const std::string& name) { tensors_.erase(name); }
  void remove_key(const std::string& key) { keys_.erase(architecture_ + "." + key); }
  void reshape(const std::string& name, const Shape& shape);
  std::vector<std::string> tensor_names() const;
  std::vector<std::string> key_names() const;
  const std::string& architecture() const { return architecture_; }

  // The file; its bytes live as long as the model.
  Result<GgufFile> file();

 private:
  struct Tensor {
    Shape shape;
    Matrix values;
    DType dtype = DType::kF32;
    std::vector<std::byte> bytes;  // as in the file, where it is not float32
  };
  struct Key {
    enum class Kind : uint8_t { kInteger, kIntegers, kNumber, kText, kFlag } kind;
    uint32_t integer = 0;
    std::vector<int32_t> integers;
    float number = 0;
    std::string text;
  };
  double random(double deviation);
  void fill(const std::string& name, const Shape& shape, double centre, double deviation);

  std::string architecture_;
  std::mt19937_64 engine_;
  std::map<std::string, Key> keys_;
  std::map<std::string, Tensor> tensors_;
  std::vector<std::byte> bytes_;
};

}  // namespace nagare::test

// What the families share when they read a file: hyperparameters with their ranges, and tensors with their
// shapes.
//
// Errors stick: a family's code asks for tensor after tensor without a branch, and the first thing that was
// missing or misshapen comes out of status() at the end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/gguf/gguf_file.h"
#include "graph/graph.h"

namespace nagare {

// The numbers of a transformer, as GGUF names them. Sizes are in elements.
struct Hyperparameters {
  int64_t layers = 0;
  int64_t embedding = 0;
  int64_t feed_forward = 0;
  int64_t heads = 0;
  int64_t kv_heads = 0;
  int64_t head_dim = 0;
  int64_t value_dim = 0;
  int64_t rope_dims = 0;
  int64_t context = 0;
  float epsilon = 0;
  float rope_base = 10000;
};

class ModelReader {
 public:
  ModelReader(const GgufFile& file, std::string architecture, Graph& graph)
      : file_(file), architecture_(std::move(architecture)), graph_(graph) {}

  const GgufFile& file() const { return file_; }
  Graph& graph() { return graph_; }
  const Status& status() const { return status_; }

  // "llama.block_count" from "block_count".
  std::string key(std::string_view suffix) const { return architecture_ + "." + std::string(suffix); }
  // Keys with their valid range; a missing or bad one sticks as the status. Numbers per layer that are all
  // the same count as one.
  int64_t integer(std::string_view suffix, int64_t low, int64_t high);
  int64_t integer_or(std::string_view suffix, int64_t low, int64_t high, int64_t otherwise);
  float number(std::string_view suffix, float low, float high);
  float number_or(std::string_view suffix, float low, float high, float otherwise);
  bool flag_or(std::string_view suffix, bool otherwise);
  std::string text_or(std::string_view suffix, std::string_view otherwise);

  // The numbers every family has; `epsilon_key` names the norm's epsilon
  // ("attention.layer_norm_rms_epsilon").
  Hyperparameters hyperparameters(std::string_view epsilon_key);

  // A matrix [rows, columns] or a vector [columns] that must be there.
  ValueId matrix(const std::string& name, int64_t rows, int64_t columns);
  ValueId vector(const std::string& name, int64_t columns);
  // The same where the file may lack it.
  ValueId matrix_or_none(const std::string& name, int64_t rows, int64_t columns);
  ValueId vector_or_none(const std::string& name, int64_t columns);
  // One matrix [rows, columns] for each of `count` experts: slices of `name`_exps.weight [count, rows,
  // columns], or the tensors `name`.0.weight, `name`.1.weight, …
  std::vector<TensorView> experts(const std::string& name, int64_t count, int64_t rows, int64_t columns);
  bool has(const std::string& name) const { return file_.find_tensor(name) != nullptr; }
  // Rows of a tensor: how the vocabulary's size is known.
  int64_t rows_of(const std::string& name);

  void fail(const Error& error) {
    if (status_) status_ = std::unexpected(error);
  }

 private:
  template <class T>
  T take(Result<T> result, T otherwise);
  int64_t common_integer(std::string_view suffix, const GgufValue& value, int64_t low, int64_t high);
  // The tensor; a stand-in without data where it is missing (which is an error if it is required) or wrong.
  TensorView view(const std::string& name, const Shape& expected);
  ValueId tensor(const std::string& name, const Shape& expected, bool required);

  const GgufFile& file_;
  std::string architecture_;
  Graph& graph_;
  Status status_;
};

}  // namespace nagare

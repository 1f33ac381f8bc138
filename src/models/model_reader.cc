#include "models/model_reader.h"

#include <fmt/ranges.h>

namespace nagare {
namespace {

// GGUF numbers are 32 bits wide where a family's sizes are concerned; nothing real comes near these.
constexpr int64_t kMaxLayers = 4096;
constexpr int64_t kMaxWidth = 1 << 20;
constexpr int64_t kMaxHeads = 8192;
constexpr int64_t kMaxContext = 1 << 28;

std::string shape_text(const Shape& shape) {
  return fmt::format("[{}]", fmt::join(shape.dims.begin(), shape.dims.begin() + shape.rank, ", "));
}

}  // namespace

template <class T>
T ModelReader::take(Result<T> result, T otherwise) {
  if (result) return *std::move(result);
  fail(result.error());
  return otherwise;
}

int64_t ModelReader::integer(std::string_view suffix, int64_t low, int64_t high) {
  const GgufValue* value = file_.find(key(suffix));
  if (value != nullptr && value->is_array()) return common_integer(suffix, *value, low, high);
  return take<uint32_t>(
      file_.require_u32_in(key(suffix), static_cast<uint32_t>(low), static_cast<uint32_t>(high)),
      static_cast<uint32_t>(low));
}

// Some files give a number per layer; what is the same for all is as good as one number.
int64_t ModelReader::common_integer(std::string_view suffix, const GgufValue& value, int64_t low,
                                    int64_t high) {
  const auto numbers = value.integers<int64_t>();
  if (!numbers || numbers->empty()) {
    fail({ErrorKind::kBadInput,
          fmt::format("model: {} is {}, must be an integer", key(suffix), value.describe_type())});
    return low;
  }
  for (const int64_t number : *numbers) {
    if (number == numbers->front()) continue;
    fail({ErrorKind::kUnsupported,
          fmt::format("model: {} differs from layer to layer ({}, {}, …); such models are not supported",
                      key(suffix), numbers->front(), number)});
    return low;
  }
  if (numbers->front() >= low && numbers->front() <= high) return numbers->front();
  fail({ErrorKind::kBadInput,
        fmt::format("model: {} is {}, must be from {} to {}", key(suffix), numbers->front(), low, high)});
  return low;
}

int64_t ModelReader::integer_or(std::string_view suffix, int64_t low, int64_t high, int64_t otherwise) {
  return file_.find(key(suffix)) == nullptr ? otherwise : integer(suffix, low, high);
}

float ModelReader::number(std::string_view suffix, float low, float high) {
  return take(file_.require_f32_in(key(suffix), low, high), low);
}

float ModelReader::number_or(std::string_view suffix, float low, float high, float otherwise) {
  return file_.find(key(suffix)) == nullptr ? otherwise : number(suffix, low, high);
}

bool ModelReader::flag_or(std::string_view suffix, bool otherwise) {
  return take(file_.bool_or(key(suffix), otherwise), otherwise);
}

std::string ModelReader::text_or(std::string_view suffix, std::string_view otherwise) {
  return std::string(take(file_.string_or(key(suffix), otherwise), otherwise));
}

Hyperparameters ModelReader::hyperparameters(std::string_view epsilon_key) {
  Hyperparameters h;
  h.layers = integer("block_count", 1, kMaxLayers);
  h.embedding = integer("embedding_length", 1, kMaxWidth);
  h.feed_forward = integer_or("feed_forward_length", 1, 4 * kMaxWidth, 4 * h.embedding);
  h.heads = integer("attention.head_count", 1, kMaxHeads);
  h.kv_heads = integer_or("attention.head_count_kv", 1, kMaxHeads, h.heads);
  h.head_dim = integer_or("attention.key_length", 1, kMaxWidth, h.embedding / h.heads);
  h.value_dim = integer_or("attention.value_length", 1, kMaxWidth, h.head_dim);
  h.rope_dims = integer_or("rope.dimension_count", 2, kMaxWidth, h.head_dim);
  h.context = integer("context_length", 1, kMaxContext);
  h.epsilon = number(epsilon_key, 1e-12f, 0.1f);
  h.rope_base = number_or("rope.freq_base", 1.0f, 1e12f, 10000.0f);
  if (h.heads % h.kv_heads != 0) {
    fail({ErrorKind::kBadInput,
          fmt::format("model: {}={} is not a multiple of {}={}", key("attention.head_count"), h.heads,
                      key("attention.head_count_kv"), h.kv_heads)});
  }
  if (h.head_dim < 1 || h.rope_dims > h.head_dim || h.rope_dims % 2 != 0) {
    fail({ErrorKind::kBadInput, fmt::format("model: {}={} does not fit heads of {}",
                                            key("rope.dimension_count"), h.rope_dims, h.head_dim)});
  }
  return h;
}

namespace {

bool holds_weights(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16 || is_quantised(dtype);
}

}  // namespace

TensorView ModelReader::view(const std::string& name, const Shape& expected) {
  // A stand-in of the right shape keeps the family's code straight until it asks for status().
  const TensorView stand_in{DType::kF32, expected, nullptr};
  const GgufTensor* found = file_.find_tensor(name);
  if (found == nullptr) {
    fail({ErrorKind::kBadInput,
          fmt::format("model: tensor '{}' {} is missing; is the file of architecture {} complete?", name,
                      shape_text(expected), architecture_)});
    return stand_in;
  }
  if (found->view.shape != expected) {
    fail({ErrorKind::kBadInput, fmt::format("model: tensor '{}': expected {}, got {}", name,
                                            shape_text(expected), shape_text(found->view.shape))});
    return stand_in;
  }
  if (!holds_weights(found->view.dtype)) {
    fail({ErrorKind::kBadInput,
          fmt::format("model: tensor '{}' has type {}; weights are f32, f16, bf16 or quantised", name,
                      nagare::name(found->view.dtype))});
    return stand_in;
  }
  return found->view;
}

ValueId ModelReader::tensor(const std::string& name, const Shape& expected, bool required) {
  if (!required && !has(name)) return kNoValue;
  return graph_.add_constant(name, view(name, expected));
}

std::vector<TensorView> ModelReader::experts(const std::string& name, int64_t count, int64_t rows,
                                             int64_t columns) {
  std::vector<TensorView> matrices;
  matrices.reserve(static_cast<size_t>(count));
  if (has(name + ".0.weight") && !has(name + "_exps.weight")) {
    for (int64_t expert = 0; expert < count; ++expert)
      matrices.push_back(view(fmt::format("{}.{}.weight", name, expert), Shape(rows, columns)));
    return matrices;
  }
  const TensorView all = view(name + "_exps.weight", Shape(count, rows, columns));
  for (int64_t expert = 0; expert < count; ++expert) {
    const std::byte* first = all.data == nullptr ? nullptr : all.row(expert * rows);
    matrices.push_back({all.dtype, Shape(rows, columns), first});
  }
  return matrices;
}

ValueId ModelReader::matrix(const std::string& name, int64_t rows, int64_t columns) {
  return tensor(name, Shape(rows, columns), true);
}
ValueId ModelReader::vector(const std::string& name, int64_t columns) {
  return tensor(name, Shape(columns), true);
}
ValueId ModelReader::matrix_or_none(const std::string& name, int64_t rows, int64_t columns) {
  return tensor(name, Shape(rows, columns), false);
}
ValueId ModelReader::vector_or_none(const std::string& name, int64_t columns) {
  return tensor(name, Shape(columns), false);
}

int64_t ModelReader::rows_of(const std::string& name) {
  const GgufTensor* found = file_.find_tensor(name);
  if (found != nullptr && found->view.shape.rank == 2) return found->view.shape[0];
  fail({ErrorKind::kBadInput, fmt::format("model: tensor '{}' is missing or is no matrix", name)});
  return 1;
}

}  // namespace nagare

// A llama model with random weights as a GGUF file: for tests of loading, memory and sessions.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <string>

#include "formats/gguf/gguf_writer.h"
#include "ops/gemm/random_weights.h"

namespace nagare::test {

struct RandomModel {
  int64_t layers = 2;
  int64_t width = 64;
  int64_t heads = 2;
  int64_t feed_forward = 128;
  int64_t vocabulary = 300;  // at least 259: three control tokens and the bytes
  int64_t context = 256;
  DType dtype = DType::kQ8_0;
  bool tied = true;  // the embedding is the output matrix
};

class RandomModelFile {
 public:
  RandomModelFile(const std::filesystem::path& path, const RandomModel& model) {
    const auto u32 = [](int64_t value) { return static_cast<uint32_t>(value); };
    builder_.add_string("general.architecture", "llama");
    builder_.add_u32("llama.context_length", u32(model.context));
    builder_.add_u32("llama.embedding_length", u32(model.width));
    builder_.add_u32("llama.block_count", u32(model.layers));
    builder_.add_u32("llama.feed_forward_length", u32(model.feed_forward));
    builder_.add_u32("llama.attention.head_count", u32(model.heads));
    builder_.add_f32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
    add_vocabulary(model.vocabulary);
    matrix("token_embd.weight", model.dtype, model.vocabulary, model.width);
    for (int64_t i = 0; i < model.layers; ++i) {
      const std::string blk = "blk." + std::to_string(i) + ".";
      norm(blk + "attn_norm.weight", model.width);
      for (const char* name : {"attn_q", "attn_k", "attn_v", "attn_output"})
        matrix(blk + name + ".weight", model.dtype, model.width, model.width);
      norm(blk + "ffn_norm.weight", model.width);
      matrix(blk + "ffn_gate.weight", model.dtype, model.feed_forward, model.width);
      matrix(blk + "ffn_up.weight", model.dtype, model.feed_forward, model.width);
      matrix(blk + "ffn_down.weight", model.dtype, model.width, model.feed_forward);
    }
    norm("output_norm.weight", model.width);
    if (!model.tied) matrix("output.weight", model.dtype, model.vocabulary, model.width);
    write(path);
  }

 private:
  void add_vocabulary(int64_t count) {
    std::deque<std::string> texts{"<unk>", "<s>", "</s>"};
    for (int byte = 0; byte < 256; ++byte) texts.push_back(fmt::format("<0x{:02X}>", byte));
    while (static_cast<int64_t>(texts.size()) < count) texts.push_back(fmt::format("word{}", texts.size()));
    std::vector<int32_t> types(texts.size(), 1);
    types[0] = 2;
    types[1] = types[2] = 3;
    std::fill(types.begin() + 3, types.begin() + 259, 6);
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    builder_.add_string("tokenizer.ggml.model", "llama");
    builder_.add_strings("tokenizer.ggml.tokens", views);
    builder_.add_f32s("tokenizer.ggml.scores", std::vector<float>(texts.size(), 0.0f));
    builder_.add_i32s("tokenizer.ggml.token_type", types);
  }
  void norm(const std::string& name, int64_t width) {
    builder_.add_tensor(name, DType::kF32, Shape(width));
    const std::vector<float> ones(static_cast<size_t>(width), 1.0f);
    const auto bytes = std::as_bytes(std::span(ones));
    data_.emplace_back(bytes.begin(), bytes.end());
  }
  void matrix(const std::string& name, DType dtype, int64_t rows, int64_t columns) {
    builder_.add_tensor(name, dtype, Shape(rows, columns));
    data_.push_back(random_weights(dtype, rows, columns, data_.size()));
  }
  void write(const std::filesystem::path& path) {
    auto writer = GgufWriter::create(path, builder_);
    ASSERT_TRUE(writer) << writer.error().message;
    for (const auto& bytes : data_) ASSERT_TRUE(writer->append(bytes));
    ASSERT_TRUE(writer->commit());
    data_.clear();
  }

  GgufBuilder builder_;
  std::deque<std::vector<std::byte>> data_;
};

}  // namespace nagare::test

// From a model file to the graph that computes it. One family, one file; no device and no solver is named
// here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/gguf/gguf_file.h"
#include "graph/graph.h"

namespace nagare {

struct DescribeOptions {
  // The most positions of one sequence; 0: no more than the model was first trained for. Only families that
  // stretch long contexts in another way than short ones (LongRoPE) look at it.
  int64_t context_length = 0;
};

struct ModelDescription {
  std::string architecture;     // as in the file: "llama"
  std::string name;             // what the file calls itself; may be empty
  int64_t vocabulary_size = 0;  // width of the logits
  int64_t context_length = 0;   // positions that the model was trained for
  int64_t embedding_length = 0;
  int64_t layer_count = 0;
  bool embeds = false;  // an encoder: its output is one vector per token, not logits
  Graph graph;
};

// Reads the hyperparameters, checks every tensor's shape and builds the graph. The file must outlive the
// result. An unknown architecture is an error that lists the known ones.
Result<ModelDescription> describe_model(const GgufFile& file, const DescribeOptions& options = {});

// "bloom", "falcon", …: for messages.
std::vector<std::string_view> supported_architectures();

}  // namespace nagare

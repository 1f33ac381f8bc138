// The parts that transformer families have in common: what one is made of, in the words of the papers. A
// family's file puts them together and says only what is its own; nothing here asks which family it is.
//
// Errors stick in the reader; layers() is 0 once there is one, so a family's loop ends at the first and
// finish() reports it.
#pragma once

#include <cstdint>
#include <string>

#include "models/model.h"
#include "models/model_reader.h"
#include "models/rotary.h"

namespace nagare {

// Whether the multiplications of a family add a bias: as the file says, or a file without them is incomplete.
enum class Bias : uint8_t { kIfThere, kRequired };

struct TransformerTraits {
  std::string architecture;
  NormKind norm = NormKind::kRms;  // layer norms have biases
  Bias bias = Bias::kIfThere;      // of Q, K, V, the attention's output and the feed-forward part
  bool joint_qkv = false;  // Q, K and V usually are one tensor (only for the message where none is there)
  bool tied_head = true;   // without output.weight the embedding is the output matrix
  Bias head_bias = Bias::kIfThere;
};

// The rows of Q, K and V of one layer; they may be columns of one value.
struct Qkv {
  Operand q, k, v;
};

class Transformer {
 public:
  Transformer(const GgufFile& file, const DescribeOptions& options, TransformerTraits traits);
  Transformer(const Transformer&) = delete;
  Transformer& operator=(const Transformer&) = delete;

  const Hyperparameters& h() const { return h_; }
  ModelReader& reader() { return reader_; }
  Graph& graph() { return model_.graph; }
  ValueId positions() const { return positions_; }
  // Layers to describe; 0 once something is wrong.
  int32_t layers() const { return reader_.status() ? static_cast<int32_t>(h_.layers) : 0; }
  // "blk.3."
  static std::string block(int32_t layer) { return fmt::format("blk.{}.", layer); }

  // Rows of token_embd.weight, scaled.
  ValueId embed(float scale = 1);
  // Rows of position_embd.weight, one per position.
  ValueId embed_positions();
  // Rows of token_types.weight: sentence A or B.
  ValueId embed_types();
  // Cosines and sines of this step's positions.
  ValueId rotary(const Rotary& rotary) {
    return graph().rope_table("rope_table", positions_, rotary.inverse_frequencies, rotary.magnitude);
  }
  ValueId rotary() { return rotary(read_rotary(reader_, h_, options_.context_length)); }

  // The family's norm over the whole width, with the tensors `name`.weight and, for layer norms, `name`.bias.
  ValueId norm(const std::string& name, Operand x);
  // The same without a bias over each of `heads` heads, all with one weight vector.
  ValueId head_norm(const std::string& name, Operand x, int64_t heads);
  ValueId linear(const std::string& name, Operand x, int64_t rows);
  ValueId add(const std::string& name, Operand a, Operand b) { return graph().add(name, a, b); }

  // From attn_qkv, or from attn_q, attn_k and attn_v.
  Qkv qkv(const std::string& blk, ValueId x);
  // Turns Q and K.
  void rotate(const std::string& blk, Qkv& qkv, RopeKind kind, ValueId table);
  // The attention of a layer as the file's numbers say: causal, without window, scaled by `attention.scale`
  // or 1/√(head size).
  AttentionNode attention(int32_t layer);
  // Attention and its output projection.
  ValueId attend(const std::string& blk, const Qkv& qkv, const AttentionNode& attention,
                 ValueId alibi_slopes = kNoValue);

  // down(act(gate(x)) · up(x))
  ValueId gated(const std::string& blk, ValueId x, ActivationKind kind);
  // down(act(up(x)))
  ValueId plain(const std::string& blk, ValueId x, ActivationKind kind);

  // The rows that are asked for, normalised (output_norm), times the output matrix.
  ValueId logits(ValueId x);
  // The rows that are asked for as they are: what an encoder gives.
  ValueId embeddings(ValueId x);
  // The description, or the first error.
  Result<ModelDescription> finish(ValueId output);

 private:
  ValueId bias(const std::string& name, int64_t rows, Bias policy);

  TransformerTraits traits_;
  DescribeOptions options_;
  ModelDescription model_;
  ModelReader reader_;
  Hyperparameters h_;
  ValueId ids_ = kNoValue;
  ValueId positions_ = kNoValue;
  ValueId output_rows_ = kNoValue;
  ValueId embedding_ = kNoValue;
};

}  // namespace nagare

// Multiplying by the weights: c[m,n] = a[m,k] · b[n,k]ᵀ (+ bias[n]) (+ residual[m,n]), where nearly all the
// time of a model goes. a and c are float32; b is of any element type of GGUF, a row of k elements per
// output.
//
// A kernel is made for one weight matrix and runs any number of rows. What it stores the weights as (its
// layout) is its own business: the graph asks for the bytes, has them packed once, and kernels with the same
// layout id share the copy. Called by the graph's bound ops and by convolution; knows no model.
//
// Numbers. Float weights are multiplied with float32 activations; f16 and bf16 weights may be multiplied in
// fixed point, with the error of activations rounded to f16 (int16/int16_tile.h). Block-quantised weights may
// be multiplied with activations that were quantised to int8 in blocks of 32 (int8/int8_tile.h). The bits of
// an output do not depend on the number of threads, and not on the other rows of the call unless the kernel
// says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/device.h"
#include "solve/op.h"
#include "solve/solver.h"
#include "tensor/tensor_view.h"

namespace nagare {

struct GemmProblem {
  int64_t m = 1;  // rows for which the solver is chosen (1, 2, 4, … 512); a kernel runs any number
  int64_t n = 1;
  int64_t k = 1;
  DType b = DType::kF32;
  bool bias = false;
  bool residual = false;

  bool operator==(const GemmProblem&) const = default;
};

// Rows of float32, `…_stride` elements apart. c must not overlap a; it may be the residual itself (same
// pointer, same stride).
struct GemmArguments {
  const float* a = nullptr;
  int64_t a_stride = 0;
  const std::byte* b = nullptr;  // in the kernel's layout; packed layouts are 64-byte aligned
  float* c = nullptr;
  int64_t c_stride = 0;
  const float* bias = nullptr;      // [n], where the problem has one
  const float* residual = nullptr;  // [rows, n], where the problem has one
  int64_t residual_stride = 0;
  int64_t rows = 0;                // at most the max_rows that workspace_bytes() was asked for
  std::byte* workspace = nullptr;  // 64-byte aligned; free for others after the run
};

// What a kernel rounds its inputs to before it multiplies.
enum class GemmNumbers : uint8_t {
  kAsTheyAre,
  kInt16,  // activations of 14 bits, weights of 12, a scale for every 32
  kInt8,   // activations of 7 bits, a scale for every 32
};

class GemmKernel {
 public:
  virtual ~GemmKernel() = default;

  // "rows": b is row after row as in the file, with nothing between, and needs no packing. Else the id of a
  // packed layout, e.g. "q4_0/n16": kernels for the same n, k and element type whose ids are equal share one
  // packed copy.
  virtual std::string_view weight_layout() const = 0;
  // Bytes of the weights in that layout.
  virtual int64_t packed_bytes() const = 0;
  // Stacks the parts along n (fused QKV, gate and up) and brings them into the layout. Each part is [n_i, k]
  // of the problem's element type; the n_i add up to n. dst: packed_bytes(), 64-byte aligned. For the layout
  // "rows" it copies, which is of use only for several parts.
  virtual void pack(std::span<const TensorView> parts, std::byte* dst, const Stream& stream) const = 0;
  virtual GemmNumbers numbers() const { return GemmNumbers::kAsTheyAre; }
  // May an output's bits depend on the number of rows? Libraries choose their loops by shape; our kernels
  // never do.
  virtual bool depends_on_rows() const { return false; }
  // Scratch memory for a run of up to max_rows rows on `threads` threads; may be 0.
  virtual int64_t workspace_bytes(int64_t max_rows, int threads) const = 0;
  virtual void run(const Stream& stream, const GemmArguments& arguments) const = 0;
};

using GemmSolver = Solver<GemmProblem, GemmKernel>;

// THE list, in the order a reader should think of them; the last is the reference.
const std::vector<const GemmSolver*>& gemm_solvers();

// `gemm m=1 n=4096 k=4096 a=f32 b=q4_K c=f32 epilogue=none|bias|residual|bias+residual`
ProblemLine print(const GemmProblem& problem);
Result<GemmProblem> parse_gemm(const ProblemLine& line);
// Refuses what no kernel could run: sizes out of bounds, k not a multiple of the type's block, integer
// weights.
Status check(const GemmProblem& problem);
Work work_of(const GemmProblem& problem);

// The op by problem lines.
const Op& gemm_op();

}  // namespace nagare

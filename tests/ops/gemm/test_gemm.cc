// What the conformance cases do not show of gemm: that kernels on integers compute exactly what they say
// (inputs rounded as their headers state, all else exact), that the bits of an output depend neither on the
// threads nor on the other rows, and that stacked parts are the whole.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "ops/gemm/gemm.h"
#include "ops/gemm/random_weights.h"
#include "runtime/buffer.h"
#include "solve/trial_inputs.h"
#include "tensor/dequantise.h"
#include "tensor/half.h"

namespace nagare {
namespace {

uint64_t seed() {
  const char* text = std::getenv("NAGARE_TEST_SEED");
  return text == nullptr ? 20261124 : std::strtoull(text, nullptr, 10);
}

struct Case {
  GemmProblem problem;
  int64_t rows = 1;
};

// Inputs of one case, with strides that leave gaps.
struct Inputs {
  explicit Inputs(const Case& c)
      : problem(c.problem),
        rows(c.rows),
        a_stride(c.problem.k + 3),
        c_stride(c.problem.n + 5),
        a(random_floats(rows * a_stride, seed())),
        b(random_weights(problem.b, problem.n, problem.k, seed() + 1)),
        bias(random_floats(problem.n, seed() + 2)),
        residual(random_floats(rows * c_stride, seed() + 3)) {}

  TensorView weights(int64_t begin, int64_t end) const {
    const int64_t bytes = row_bytes(problem.b, problem.k);
    return {.dtype = problem.b, .shape = Shape(end - begin, problem.k), .data = b.data() + begin * bytes};
  }

  GemmProblem problem;
  int64_t rows, a_stride, c_stride;
  std::vector<float> a;
  std::vector<std::byte> b;
  std::vector<float> bias, residual;
};

Buffer pack(const GemmKernel& kernel, std::span<const TensorView> parts, const Stream& stream) {
  Buffer packed = *Buffer::allocate(kernel.packed_bytes());
  kernel.pack(parts, packed.data(), stream);
  return packed;
}

// Rows [first, first + rows) of the inputs; c keeps -7 where nothing must be written.
std::vector<float> multiply(const GemmKernel& kernel, const Inputs& in, const Buffer& packed,
                            const Device& device, int64_t first, int64_t rows) {
  std::vector<float> c(static_cast<size_t>(rows * in.c_stride), -7.0f);
  const Buffer workspace = *Buffer::allocate(kernel.workspace_bytes(rows, device.traits().threads));
  kernel.run(device.stream(), {.a = in.a.data() + first * in.a_stride,
                               .a_stride = in.a_stride,
                               .b = packed.data(),
                               .c = c.data(),
                               .c_stride = in.c_stride,
                               .bias = in.bias.data(),
                               .residual = in.residual.data() + first * in.c_stride,
                               .residual_stride = in.c_stride,
                               .rows = rows,
                               .workspace = workspace.data()});
  return c;
}

// Blocks of 32 (the last may be shorter) as integers times a scale = max|x| / largest, rounded to nearest
// even.
std::vector<double> rounded(const float* row, int64_t k, float largest_integer) {
  std::vector<double> out(static_cast<size_t>(k));
  for (int64_t block = 0; block < k; block += 32) {
    const int64_t end = std::min(k, block + 32);
    float largest = 0;
    for (int64_t i = block; i < end; ++i) largest = std::max(largest, std::abs(row[i]));
    const float scale = largest / largest_integer;
    for (int64_t i = block; i < end; ++i) {
      const float quant = largest == 0 ? 0.0f : std::nearbyint(row[i] * (1.0f / scale));
      out[static_cast<size_t>(i)] = static_cast<double>(quant) * static_cast<double>(scale);
    }
  }
  return out;
}

// Numbers as a kernel sees them: by int8_tile.h, by int16_tile.h, or as they are.
std::vector<double> seen_activations(GemmNumbers numbers, const float* row, int64_t k) {
  if (numbers == GemmNumbers::kInt8) return rounded(row, k, 127);
  if (numbers == GemmNumbers::kInt16) return rounded(row, k, 16383);
  return {row, row + k};
}
std::vector<double> seen_weights(GemmNumbers numbers, const std::vector<float>& row) {
  if (numbers == GemmNumbers::kInt16) return rounded(row.data(), static_cast<int64_t>(row.size()), 4095);
  return {row.begin(), row.end()};
}

// Largest error of c, relative to what a sum of such products comes to.
double error_of(const Inputs& in, const std::vector<float>& c, GemmNumbers numbers) {
  const GemmProblem& p = in.problem;
  std::vector<std::vector<double>> activations;
  for (int64_t m = 0; m < in.rows; ++m) {
    const float* row = in.a.data() + m * in.a_stride;
    activations.push_back(seen_activations(numbers, row, p.k));
  }
  std::vector<float> row(static_cast<size_t>(p.k));
  double worst = 0;
  for (int64_t n = 0; n < p.n; ++n) {
    dequantise_row(p.b, in.weights(n, n + 1).data, row.data(), p.k);
    const std::vector<double> weights = seen_weights(numbers, row);
    for (int64_t m = 0; m < in.rows; ++m) {
      double sum = 0;
      double squares = 0;
      for (size_t k = 0; k < weights.size(); ++k) {
        const double product = activations[static_cast<size_t>(m)][k] * weights[k];
        sum += product;
        squares += product * product;
      }
      if (p.bias) sum += in.bias[static_cast<size_t>(n)];
      if (p.residual) sum += in.residual[static_cast<size_t>(m * in.c_stride + n)];
      const double got = c[static_cast<size_t>(m * in.c_stride + n)];
      if (!std::isfinite(got)) return INFINITY;
      worst = std::max(worst, std::abs(got - sum) / std::max(1.0, std::sqrt(squares)));
    }
  }
  return worst;
}

std::vector<DType> weight_types() {
  std::vector<DType> types;
  for (const DTypeTraits& type : all_dtypes()) {
    if (check({.n = 1, .k = 256, .b = type.dtype})) types.push_back(type.dtype);
  }
  return types;
}

class Gemm : public testing::Test {
 protected:
  void SetUp() override {
    for (const int threads : {1, 2, 3}) {
      auto device = Device::open_cpu(threads);
      if (!device) GTEST_SKIP() << device.error().message;
      devices_.push_back(std::move(*device));
    }
    fmt::print("seed {}\n", seed());
  }
  const Device& device(int threads) const { return *devices_[static_cast<size_t>(threads - 1)]; }

  // f(solver, kernel) for every solver that takes the problem, the reference last.
  template <class F>
  void for_each_kernel(const GemmProblem& problem, F f) const {
    for (const GemmSolver* solver : gemm_solvers()) {
      if (!solver->applicable(problem, device(1).traits())) continue;
      const auto kernel = solver->prepare(problem, device(1).traits());
      ASSERT_TRUE(kernel) << kernel.error().message;
      f(*solver, **kernel);
    }
  }

  std::vector<std::unique_ptr<Device>> devices_;
};

TEST_F(Gemm, ComputesWhatItSays) {
  for (const DType type : weight_types()) {
    const int64_t unit = traits(type).block_elements;
    const std::vector<Case> cases{
        {{.n = 1, .k = unit, .b = type}, 1},
        {{.n = 17, .k = 3 * unit, .b = type, .bias = true}, 2},
        {{.n = 100, .k = 2 * unit, .b = type, .residual = true}, 3},
        {{.n = 15, .k = unit, .b = type, .bias = true, .residual = true}, 5},
        {{.n = 33, .k = unit == 1 ? 67 : 3 * unit, .b = type}, 7},
        {{.n = 48, .k = unit == 1 ? 301 : unit, .b = type, .bias = true}, 13},
        {{.n = 31, .k = unit == 1 ? 129 : unit, .b = type, .residual = true}, 64},
        {{.n = 16, .k = unit == 1 ? 64 : unit, .b = type}, 100},
        {{.n = 20, .k = unit == 1 ? 33 : unit, .b = type, .bias = true, .residual = true}, 513},
    };
    for (const Case& c : cases) {
      const Inputs in(c);
      for_each_kernel(c.problem, [&](const GemmSolver& solver, const GemmKernel& kernel) {
        const TensorView whole = in.weights(0, c.problem.n);
        const Buffer packed = pack(kernel, std::span(&whole, 1), device(2).stream());
        const std::vector<float> out = multiply(kernel, in, packed, device(2), 0, in.rows);
        EXPECT_LE(error_of(in, out, kernel.numbers()), 1e-5)
            << solver.id() << ": " << print(c.problem).print() << " rows " << in.rows;
        for (int64_t m = 0; m < in.rows; ++m) {
          for (int64_t n = c.problem.n; n < in.c_stride; ++n) {
            ASSERT_EQ(out[static_cast<size_t>(m * in.c_stride + n)], -7.0f) << solver.id() << " wrote past n";
          }
        }
      });
    }
  }
}

// What int16_tile.h claims: no coarser than activations rounded to f16.
TEST_F(Gemm, FixedPointIsFinerThanHalfActivations) {
  const Inputs in({{.n = 64, .k = 1024, .b = DType::kF16}, 32});
  for_each_kernel(in.problem, [&](const GemmSolver& solver, const GemmKernel& kernel) {
    if (kernel.numbers() != GemmNumbers::kInt16) return;
    const TensorView whole = in.weights(0, in.problem.n);
    const Buffer packed = pack(kernel, std::span(&whole, 1), device(1).stream());
    const std::vector<float> c = multiply(kernel, in, packed, device(1), 0, in.rows);
    std::vector<float> weights(static_cast<size_t>(in.problem.k));
    double of_fixed_point = 0;
    double of_half = 0;
    for (int64_t n = 0; n < in.problem.n; ++n) {
      dequantise_row(DType::kF16, in.weights(n, n + 1).data, weights.data(), in.problem.k);
      for (int64_t m = 0; m < in.rows; ++m) {
        double exact = 0;
        double half = 0;
        for (int64_t k = 0; k < in.problem.k; ++k) {
          const float x = in.a[static_cast<size_t>(m * in.a_stride + k)];
          const auto w = static_cast<double>(weights[static_cast<size_t>(k)]);
          exact += static_cast<double>(x) * w;
          half += static_cast<double>(f16_to_f32(f32_to_f16(x))) * w;
        }
        const auto got = static_cast<double>(c[static_cast<size_t>(m * in.c_stride + n)]);
        of_fixed_point += (got - exact) * (got - exact);
        of_half += (half - exact) * (half - exact);
      }
    }
    fmt::print("{}: {:.3f} of the error of f16 activations\n", solver.id(),
               std::sqrt(of_fixed_point / of_half));
    // The trial's weights have outliers too, which cost them bits.
    EXPECT_LE(of_fixed_point, 4 * of_half) << solver.id();
  });
}

TEST_F(Gemm, BitsDependNeitherOnThreadsNorOnOtherRows) {
  for (const DType type : weight_types()) {
    const int64_t k = traits(type).block_elements == 1 ? 203 : 512;
    const Inputs in({{.n = 150, .k = k, .b = type, .bias = true, .residual = true}, 45});
    for_each_kernel(in.problem, [&](const GemmSolver& solver, const GemmKernel& kernel) {
      const TensorView whole = in.weights(0, in.problem.n);
      const Buffer packed = pack(kernel, std::span(&whole, 1), device(1).stream());
      const std::vector<float> all = multiply(kernel, in, packed, device(1), 0, in.rows);
      for (const int threads : {2, 3}) {
        EXPECT_EQ(multiply(kernel, in, packed, device(threads), 0, in.rows), all)
            << solver.id() << ' ' << name(type) << ' ' << threads << " threads";
      }
      if (kernel.depends_on_rows()) return;
      for (const int64_t rows : {1, 2, 3, 4, 5, 7, 11, 12, 13, 30}) {
        const int64_t first = 44 - rows;
        const std::vector<float> some = multiply(kernel, in, packed, device(2), first, rows);
        EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin() + first * in.c_stride))
            << solver.id() << ' ' << name(type) << ": rows " << first << " and " << rows - 1 << " more";
      }
    });
  }
}

TEST_F(Gemm, StackedPartsAreTheWhole) {
  for (const DType type : weight_types()) {
    const Inputs in({{.n = 75, .k = 256, .b = type}, 1});
    for_each_kernel(in.problem, [&](const GemmSolver& solver, const GemmKernel& kernel) {
      const TensorView whole = in.weights(0, 75);
      const std::vector<TensorView> parts{in.weights(0, 7), in.weights(7, 40), in.weights(40, 75)};
      const Buffer one = pack(kernel, std::span(&whole, 1), device(1).stream());
      const Buffer three = pack(kernel, parts, device(2).stream());
      EXPECT_EQ(std::memcmp(one.data(), three.data(), static_cast<size_t>(kernel.packed_bytes())), 0)
          << solver.id() << ' ' << name(type);
    });
  }
}

TEST_F(Gemm, ResidualMayBeTheOutput) {
  for (const DType type : {DType::kF32, DType::kF16, DType::kQ4_0, DType::kQ6_K}) {
    const Inputs in({{.n = 70, .k = 256, .b = type, .residual = true}, 17});
    for_each_kernel(in.problem, [&](const GemmSolver& solver, const GemmKernel& kernel) {
      const TensorView whole = in.weights(0, in.problem.n);
      const Buffer packed = pack(kernel, std::span(&whole, 1), device(2).stream());
      const Buffer workspace = *Buffer::allocate(kernel.workspace_bytes(in.rows, 2));
      std::vector<float> c = in.residual;
      kernel.run(device(2).stream(), {.a = in.a.data(),
                                      .a_stride = in.a_stride,
                                      .b = packed.data(),
                                      .c = c.data(),
                                      .c_stride = in.c_stride,
                                      .residual = c.data(),
                                      .residual_stride = in.c_stride,
                                      .rows = in.rows,
                                      .workspace = workspace.data()});
      EXPECT_LE(error_of(in, c, kernel.numbers()), 1e-5) << solver.id() << ' ' << name(type);
    });
  }
}

// A library's solver asks nothing of the machine that runs the question.
TEST(GemmLibraries, RefuseWithAReasonWhereTheyAreNotThere) {
  for (const GemmSolver* solver : gemm_solvers()) {
    if (!solver->id().ends_with("sgemm")) continue;
    DeviceTraits device;
    const Verdict absent = solver->applicable({.n = 64, .k = 64}, device);
    EXPECT_EQ(absent.refusal, Refusal::kNotBuilt);
    EXPECT_NE(absent.reason.find("Debian package"), std::string::npos) << absent.reason;
    EXPECT_FALSE(solver->prepare({.n = 64, .k = 64}, device));
    for (const char* name : {"onednn", "openblas"})
      device.libraries.push_back({.name = name, .version = "1", .path = "/nowhere/lib.so"});
    EXPECT_TRUE(solver->applicable({.n = 64, .k = 64}, device));
    const auto kernel = solver->prepare({.n = 64, .k = 64}, device);
    ASSERT_FALSE(kernel);
    EXPECT_NE(kernel.error().message.find("/nowhere/lib.so"), std::string::npos) << kernel.error().message;
    EXPECT_EQ(solver->applicable({.n = 64, .k = 64, .b = DType::kQ4_0}, device).refusal, Refusal::kDtype);
    EXPECT_TRUE(solver->needs_isolation());
  }
}

// Zeros, tiny and huge numbers must not turn into NaN.
TEST_F(Gemm, ExtremeActivations) {
  for (const DType type : {DType::kQ4_0, DType::kQ8_0, DType::kQ4_K, DType::kF16}) {
    Inputs in({{.n = 33, .k = 256, .b = type}, 3});
    for (size_t i = 0; i < 32; ++i) in.a[i] = 0;
    for (size_t i = 32; i < 64; ++i) in.a[i] *= 1e-38f;
    for (size_t i = 64; i < 96; ++i) in.a[i] *= 1e-41f;
    for (size_t i = 96; i < 128; ++i) in.a[i] *= 1e33f;
    for_each_kernel(in.problem, [&](const GemmSolver& solver, const GemmKernel& kernel) {
      const TensorView whole = in.weights(0, in.problem.n);
      const Buffer packed = pack(kernel, std::span(&whole, 1), device(1).stream());
      const std::vector<float> c = multiply(kernel, in, packed, device(1), 0, in.rows);
      for (const float value : c) ASSERT_TRUE(std::isfinite(value)) << solver.id() << ' ' << name(type);
    });
  }
}

}  // namespace
}  // namespace nagare

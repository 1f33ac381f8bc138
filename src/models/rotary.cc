#include "models/rotary.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tensor/dequantise.h"

namespace nagare {
namespace {

struct Scaling {
  std::string type;
  double factor = 1;
  double original_context = 0;
  double beta_fast = 32;
  double beta_slow = 1;
};

Scaling read_scaling(ModelReader& reader, const Hyperparameters& h) {
  Scaling scaling;
  scaling.type = reader.text_or("rope.scaling.type", "none");
  // "rope.scale_linear" is what older files say.
  const float old_factor = reader.number_or("rope.scale_linear", 1e-3f, 1e6f, 1.0f);
  scaling.factor = reader.number_or("rope.scaling.factor", 1e-3f, 1e6f, old_factor);
  scaling.original_context =
      static_cast<double>(reader.integer_or("rope.scaling.original_context_length", 1, 1 << 28, h.context));
  scaling.beta_fast = reader.number_or("rope.scaling.yarn_beta_fast", 0.0f, 1e6f, 32.0f);
  scaling.beta_slow = reader.number_or("rope.scaling.yarn_beta_slow", 0.0f, 1e6f, 1.0f);
  if (scaling.type == "none" && old_factor != 1.0f) scaling.type = "linear";
  return scaling;
}

// The dimension whose frequency turns `rotations` times within the original context (YaRN, equation 19).
double turning_dimension(const Scaling& scaling, const Hyperparameters& h, double rotations) {
  return static_cast<double>(h.rope_dims) *
         std::log(scaling.original_context / (rotations * 2 * std::numbers::pi)) /
         (2 * std::log(static_cast<double>(h.rope_base)));
}

void apply_yarn(const Scaling& scaling, const Hyperparameters& h, std::vector<double>& frequencies) {
  const double low = std::max(0.0, std::floor(turning_dimension(scaling, h, scaling.beta_fast)));
  const double high = std::min(static_cast<double>(h.rope_dims) - 1,
                               std::ceil(turning_dimension(scaling, h, scaling.beta_slow)));
  for (size_t i = 0; i < frequencies.size(); ++i) {
    const double ramp = std::clamp((static_cast<double>(i) - low) / std::max(0.001, high - low), 0.0, 1.0);
    const double kept = 1 - ramp;  // high frequencies stay as they are, low ones are interpolated
    frequencies[i] = frequencies[i] * kept + frequencies[i] / scaling.factor * ramp;
  }
}

std::vector<float> frequency_factors(ModelReader& reader, size_t count) {
  std::vector<float> factors(count, 1.0f);
  const GgufTensor* tensor = reader.file().find_tensor("rope_freqs.weight");
  if (tensor == nullptr) return factors;
  if (tensor->view.shape != Shape(count)) {
    reader.fail(
        {ErrorKind::kBadInput, fmt::format("model: tensor 'rope_freqs.weight': expected [{}]", count)});
    return factors;
  }
  dequantise_row(tensor->view.dtype, tensor->view.data, factors.data(), static_cast<int64_t>(count));
  return factors;
}

}  // namespace

Rotary read_rotary(ModelReader& reader, const Hyperparameters& h) {
  const auto count = static_cast<size_t>(h.rope_dims / 2);
  const std::vector<float> factors = frequency_factors(reader, count);
  std::vector<double> frequencies(count);
  for (size_t i = 0; i < count; ++i) {
    frequencies[i] = std::pow(static_cast<double>(h.rope_base),
                              -2.0 * static_cast<double>(i) / static_cast<double>(h.rope_dims)) /
                     static_cast<double>(factors[i]);
  }
  Rotary rotary;
  const Scaling scaling = read_scaling(reader, h);
  if (scaling.type == "linear") {
    for (double& frequency : frequencies) frequency /= scaling.factor;
  } else if (scaling.type == "yarn") {
    apply_yarn(scaling, h, frequencies);
    const double attention_factor = reader.number_or("rope.scaling.attn_factor", 1e-3f, 1e3f, 1.0f);
    rotary.magnitude =
        static_cast<float>(attention_factor * (1.0 + 0.1 * std::log(std::max(1.0, scaling.factor))));
  } else if (scaling.type != "none" && scaling.type != "longrope") {
    reader.fail(
        {ErrorKind::kUnsupported, fmt::format("model: {}='{}' is unknown; known are none, linear, yarn",
                                              reader.key("rope.scaling.type"), scaling.type)});
  }
  rotary.inverse_frequencies =
      reader.graph().add_computed("rope.inverse_frequencies", std::move(frequencies));
  return rotary;
}

}  // namespace nagare

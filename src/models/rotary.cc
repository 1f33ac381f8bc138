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
};

Scaling read_scaling(ModelReader& reader, const Hyperparameters& h) {
  Scaling scaling;
  // A factor without a type is linear. "rope.scale_linear" is what older files say.
  scaling.type = reader.text_or("rope.scaling.type", "linear");
  const float old_factor = reader.number_or("rope.scale_linear", 1e-3f, 1e6f, 1.0f);
  scaling.factor = reader.number_or("rope.scaling.factor", 1e-3f, 1e6f, old_factor);
  scaling.original_context =
      static_cast<double>(reader.integer_or("rope.scaling.original_context_length", 1, 1 << 28, h.context));
  return scaling;
}

// The dimension whose frequency turns `rotations` times within the original context (YaRN, equation 19).
double turning_dimension(const Scaling& scaling, const Hyperparameters& h, double rotations) {
  return static_cast<double>(h.rope_dims) *
         std::log(scaling.original_context / (rotations * 2 * std::numbers::pi)) /
         (2 * std::log(static_cast<double>(h.rope_base)));
}

void apply_yarn(ModelReader& reader, const Scaling& scaling, const Hyperparameters& h,
                std::vector<double>& frequencies) {
  const double beta_fast = reader.number_or("rope.scaling.yarn_beta_fast", 0.0f, 1e6f, 32.0f);
  const double beta_slow = reader.number_or("rope.scaling.yarn_beta_slow", 0.0f, 1e6f, 1.0f);
  const double strength = reader.number_or("rope.scaling.yarn_ext_factor", 0.0f, 1.0f, 1.0f);
  const double low = std::max(0.0, std::floor(turning_dimension(scaling, h, beta_fast)));
  const double high =
      std::min(static_cast<double>(h.rope_dims) - 1, std::ceil(turning_dimension(scaling, h, beta_slow)));
  for (size_t i = 0; i < frequencies.size(); ++i) {
    const double ramp = std::clamp((static_cast<double>(i) - low) / std::max(0.001, high - low), 0.0, 1.0);
    const double kept = (1 - ramp) * strength;  // high frequencies stay, low ones are interpolated
    frequencies[i] = frequencies[i] * kept + frequencies[i] / scaling.factor * (1 - kept);
  }
}

// YaRN's temperature of the attention, as what multiplies cosine and sine (section 3.4).
double yarn_magnitude(ModelReader& reader, const Scaling& scaling) {
  const auto temperature = [&](double weight) {
    return 1.0 + 0.1 * weight * std::log(std::max(1.0, scaling.factor));
  };
  const double all_dims = reader.number_or("rope.scaling.yarn_log_multiplier", 0.0f, 1e3f, 0.0f);
  return temperature(1.0) / temperature(all_dims);
}

// Wave lengths short of original_context / high_factor stay, those beyond original_context / low_factor are
// interpolated, and those between in part.
void apply_llama3(ModelReader& reader, const Scaling& scaling, std::vector<double>& frequencies) {
  const double low_factor = reader.number_or("rope.scaling.low_freq_factor", 1e-3f, 1e6f, 1.0f);
  const double high_factor = reader.number_or("rope.scaling.high_freq_factor", 1e-3f, 1e6f, 4.0f);
  for (double& frequency : frequencies) {
    const double turns = scaling.original_context * frequency / (2 * std::numbers::pi);
    const double kept = std::clamp((turns - low_factor) / std::max(1e-6, high_factor - low_factor), 0.0, 1.0);
    frequency = frequency * kept + frequency / scaling.factor * (1 - kept);
  }
}

// The tensor `name`, where the file has one of the right shape.
const GgufTensor* factors_named(ModelReader& reader, std::string_view name, int64_t count) {
  const GgufTensor* tensor = reader.file().find_tensor(name);
  if (tensor == nullptr || tensor->view.shape == Shape(count)) return tensor;
  reader.fail({ErrorKind::kBadInput, fmt::format("model: tensor '{}': expected [{}]", name, count)});
  return nullptr;
}

// The tensor that divides the frequencies; nullptr where the file has none.
const GgufTensor* find_factors(ModelReader& reader, const Scaling& scaling, int64_t count, int64_t context) {
  const GgufTensor* fixed = factors_named(reader, "rope_freqs.weight", count);
  const GgufTensor* long_ones = factors_named(reader, "rope_factors_long.weight", count);
  const GgufTensor* short_ones = factors_named(reader, "rope_factors_short.weight", count);
  if (fixed != nullptr) return fixed;
  return static_cast<double>(context) > scaling.original_context ? long_ones : short_ones;
}

void divide_by_factors(ModelReader& reader, const GgufTensor& tensor, std::vector<double>& frequencies) {
  std::vector<float> factors(frequencies.size());
  dequantise_row(tensor.view.dtype, tensor.view.data, factors.data(), static_cast<int64_t>(factors.size()));
  for (size_t i = 0; i < factors.size(); ++i) {
    if (!(factors[i] > 0) || !std::isfinite(factors[i])) {
      reader.fail({ErrorKind::kBadInput, fmt::format("model: tensor '{}': factor {} is {}, must be above 0",
                                                     tensor.name, i, factors[i])});
      return;
    }
    frequencies[i] /= static_cast<double>(factors[i]);
  }
}

std::vector<double> plain_frequencies(const Hyperparameters& h, float base) {
  std::vector<double> frequencies(static_cast<size_t>(h.rope_dims / 2));
  for (size_t i = 0; i < frequencies.size(); ++i) {
    frequencies[i] =
        std::pow(static_cast<double>(base), -2.0 * static_cast<double>(i) / static_cast<double>(h.rope_dims));
  }
  return frequencies;
}

}  // namespace

Rotary read_rotary(ModelReader& reader, const Hyperparameters& h, int64_t context) {
  std::vector<double> frequencies = plain_frequencies(h, h.rope_base);
  const Scaling scaling = read_scaling(reader, h);
  const GgufTensor* factors = find_factors(reader, scaling, h.rope_dims / 2, context);
  if (factors != nullptr) divide_by_factors(reader, *factors, frequencies);
  double magnitude = reader.number_or("rope.scaling.attn_factor", 1e-3f, 1e3f, 1.0f);
  if (scaling.type == "linear") {
    for (double& frequency : frequencies) frequency /= scaling.factor;
  } else if (scaling.type == "yarn") {
    apply_yarn(reader, scaling, h, frequencies);
    magnitude *= yarn_magnitude(reader, scaling);
  } else if (scaling.type == "llama3") {
    // What a file brings as factors was computed by this very rule.
    if (factors == nullptr) apply_llama3(reader, scaling, frequencies);
  } else if (scaling.type != "none" && scaling.type != "longrope") {
    reader.fail({ErrorKind::kUnsupported,
                 fmt::format("model: {}='{}' is unknown; known are none, linear, yarn, llama3, longrope",
                             reader.key("rope.scaling.type"), scaling.type)});
  }
  return {reader.graph().add_computed("rope.inverse_frequencies", std::move(frequencies)),
          static_cast<float>(magnitude)};
}

Rotary unscaled_rotary(ModelReader& reader, const Hyperparameters& h, float base) {
  return {reader.graph().add_computed("rope.local_inverse_frequencies", plain_frequencies(h, base)), 1};
}

}  // namespace nagare

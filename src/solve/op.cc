#include "solve/op.h"

#include <cmath>
#include <limits>

namespace nagare {

double relative_error(const float* got, const float* want, int64_t elements) {
  double square_sum = 0;
  double largest = 0;
  for (int64_t i = 0; i < elements; ++i) {
    const double difference = std::abs(static_cast<double>(got[i]) - static_cast<double>(want[i]));
    if (!std::isfinite(difference)) return std::numeric_limits<double>::infinity();
    largest = difference > largest ? difference : largest;
    square_sum += static_cast<double>(want[i]) * static_cast<double>(want[i]);
  }
  const double rms = elements == 0 ? 0 : std::sqrt(square_sum / static_cast<double>(elements));
  return rms == 0 ? largest : largest / rms;
}

std::string wrong_numbers_reason(double error, double tolerance) {
  return fmt::format("wrong numbers: differs from the reference by {:.2g}, and {:.2g} is allowed", error,
                     tolerance);
}

}  // namespace nagare

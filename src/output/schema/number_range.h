// Numbers within bounds, as grammar expressions over their digits.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace nagare {

// Decimal digits of a bound: integer part without leading zeros ("0" for none), fraction without zeros at the
// end.
struct Decimal {
  bool negative = false;
  std::string integer = "0";
  std::string fraction;
  bool is_zero() const { return integer == "0" && fraction.empty(); }
};

// An error where it has more than 16 digits before the point.
Result<Decimal> to_decimal(double value);

struct NumberBounds {
  std::optional<Decimal> least, most;
  bool least_excluded = false, most_excluded = false;
};

// Expressions for the numbers in bounds, kNothing where there are none. Whole numbers have up to 16 digits,
// others also up to 16 behind the point.
std::string integer_in_bounds(const NumberBounds& bounds);
std::string number_in_bounds(const NumberBounds& bounds);

}  // namespace nagare

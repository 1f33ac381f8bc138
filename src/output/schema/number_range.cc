#include "output/schema/number_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "output/schema/grammar_writer.h"

namespace nagare {
namespace {

constexpr size_t kMostDigits = 16;
constexpr std::string_view kAnyDigits = "[0-9]{0,15}";

// Choices of an expression; none at all matches nothing.
class Choices {
 public:
  void add(std::string expression) {
    if (expression == kNothing) return;
    text_ += (text_.empty() ? "" : " | ") + std::move(expression);
    ++count_;
  }
  std::string text() const {
    if (count_ == 0) return std::string(kNothing);
    return count_ == 1 ? text_ : "(" + text_ + ")";
  }

 private:
  std::string text_;
  int count_ = 0;
};

std::string digit(char c) {
  return std::string("\"") + c + "\"";
}

std::string digits_between(char first, char last) {
  if (first > last) return std::string(kNothing);
  return first == last ? digit(first) : fmt::format("[{}-{}]", first, last);
}

std::string joined(const std::string& first, const std::string& second) {
  if (first == kNothing || second == kNothing) return std::string(kNothing);
  return first + " " + second;
}

std::string any_digits(size_t count) {
  return count == 0 ? "\"\"" : fmt::format("[0-9]{{{}}}", count);
}

// Numbers of as many digits as the bounds, which both have `least.size()`.
std::string at_least(std::string_view least) {
  if (least.empty()) return "\"\"";
  Choices choices;
  choices.add(joined(digit(least[0]), at_least(least.substr(1))));
  choices.add(joined(digits_between(static_cast<char>(least[0] + 1), '9'), any_digits(least.size() - 1)));
  return choices.text();
}

std::string at_most(std::string_view most) {
  if (most.empty()) return "\"\"";
  Choices choices;
  choices.add(joined(digit(most[0]), at_most(most.substr(1))));
  choices.add(joined(digits_between('0', static_cast<char>(most[0] - 1)), any_digits(most.size() - 1)));
  return choices.text();
}

std::string same_length_between(std::string_view least, std::string_view most) {
  if (least.empty()) return "\"\"";
  if (least[0] == most[0])
    return joined(digit(least[0]), same_length_between(least.substr(1), most.substr(1)));
  Choices choices;
  choices.add(joined(digit(least[0]), at_least(least.substr(1))));
  choices.add(joined(digits_between(static_cast<char>(least[0] + 1), static_cast<char>(most[0] - 1)),
                     any_digits(least.size() - 1)));
  choices.add(joined(digit(most[0]), at_most(most.substr(1))));
  return choices.text();
}

bool less(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

std::string plus_one(std::string digits) {
  for (size_t i = digits.size(); i-- > 0;) {
    if (digits[i] != '9') {
      ++digits[i];
      return digits;
    }
    digits[i] = '0';
  }
  return "1" + digits;
}

// Not of "0".
std::string minus_one(std::string digits) {
  for (size_t i = digits.size(); i-- > 0;) {
    if (digits[i] != '0') {
      --digits[i];
      break;
    }
    digits[i] = '9';
  }
  return digits.size() > 1 && digits[0] == '0' ? digits.substr(1) : digits;
}

// Whole numbers without sign, both bounds included.
std::string whole_between(const std::string& least, const std::string& most) {
  Choices choices;
  for (size_t length = least.size(); length <= std::min(most.size(), kMostDigits); ++length) {
    const std::string shortest = "1" + std::string(length - 1, '0');
    const std::string longest(length, '9');
    const std::string& low = length == least.size() ? least : shortest;
    const std::string& high = length == most.size() ? most : longest;
    if (!less(high, low)) choices.add(same_length_between(low, high));
  }
  return choices.text();
}

std::string_view without_first(std::string_view digits) {
  digits.remove_prefix(1);
  return digits.substr(0, digits.find_last_not_of('0') + 1);
}

// Digits behind the point that follow those which are the bound's so far. `first`: none stand there yet, so
// one must come. The bound's last digit is not 0.
std::string fraction_at_least(std::string_view least, bool excluded, bool first) {
  if (least.empty()) {
    if (excluded) return "\"0\"{0,15} [1-9] " + std::string(kAnyDigits);
    return (first ? "[0-9] " : "") + std::string(kAnyDigits);
  }
  Choices choices;
  choices.add(joined(digit(least[0]), fraction_at_least(least.substr(1), excluded, false)));
  choices.add(joined(digits_between(static_cast<char>(least[0] + 1), '9'), std::string(kAnyDigits)));
  return choices.text();
}

std::string fraction_at_most(std::string_view most, bool excluded, bool first) {
  if (most.empty()) {
    if (excluded) return std::string(kNothing);
    return first ? "\"0\"{1,16}" : "\"0\"{0,15}";
  }
  Choices choices;
  if (!first) choices.add("\"\"");  // to end here is less than the bound
  choices.add(joined(digit(most[0]), fraction_at_most(most.substr(1), excluded, false)));
  choices.add(joined(digits_between('0', static_cast<char>(most[0] - 1)), std::string(kAnyDigits)));
  return choices.text();
}

// The bounds are filled up with zeros to the same number of digits.
std::string fraction_between(std::string_view least, std::string_view most, const NumberBounds& bounds,
                             bool first) {
  if (least.empty()) {
    if (bounds.least_excluded || bounds.most_excluded) return std::string(kNothing);
    return first ? "\"0\"{1,16}" : "\"0\"{0,15}";
  }
  if (least[0] > most[0]) return std::string(kNothing);
  if (least[0] == most[0]) {
    return joined(digit(least[0]), fraction_between(least.substr(1), most.substr(1), bounds, false));
  }
  Choices choices;
  choices.add(joined(digit(least[0]), fraction_at_least(without_first(least), bounds.least_excluded, false)));
  choices.add(joined(digits_between(static_cast<char>(least[0] + 1), static_cast<char>(most[0] - 1)),
                     std::string(kAnyDigits)));
  choices.add(joined(digit(most[0]), fraction_at_most(without_first(most), bounds.most_excluded, false)));
  return choices.text();
}

// A whole part with a fraction behind the point; `alone`: it also stands by itself.
std::string with_fraction(const std::string& whole, const std::string& fraction, bool alone) {
  const std::string literal = "\"" + whole + "\"";
  if (fraction == kNothing) return alone ? literal : std::string(kNothing);
  return literal + (alone ? " (\".\" " + fraction + ")?" : " \".\" " + fraction);
}

// Numbers without sign; bounds.least is there.
std::string magnitudes_in_bounds(const NumberBounds& bounds) {
  const Decimal& least = *bounds.least;
  const bool least_alone = least.fraction.empty() && !bounds.least_excluded;
  if (bounds.most && bounds.most->integer == least.integer) {
    const Decimal& most = *bounds.most;
    const size_t digits = std::max(least.fraction.size(), most.fraction.size());
    const auto filled = [&](const std::string& fraction) {
      return fraction + std::string(digits - fraction.size(), '0');
    };
    const bool alone = least_alone && (!most.fraction.empty() || !bounds.most_excluded);
    return with_fraction(
        least.integer, fraction_between(filled(least.fraction), filled(most.fraction), bounds, true), alone);
  }
  if (bounds.most && less(bounds.most->integer, least.integer)) return std::string(kNothing);
  Choices choices;
  choices.add(with_fraction(least.integer, fraction_at_least(least.fraction, bounds.least_excluded, true),
                            least_alone));
  const std::string last = bounds.most ? minus_one(bounds.most->integer) : std::string(kMostDigits, '9');
  choices.add(joined(whole_between(plus_one(least.integer), last), "(\".\" [0-9]{1,16})?"));
  if (bounds.most) {
    const Decimal& most = *bounds.most;
    choices.add(with_fraction(most.integer, fraction_at_most(most.fraction, bounds.most_excluded, true),
                              !most.fraction.empty() || !bounds.most_excluded));
  }
  return choices.text();
}

// Whole numbers without sign; bounds.least is there.
std::string whole_in_bounds(const NumberBounds& bounds) {
  std::string least = bounds.least->integer;
  if (!bounds.least->fraction.empty() || bounds.least_excluded) least = plus_one(least);
  if (!bounds.most) return whole_between(least, std::string(kMostDigits, '9'));
  std::string most = bounds.most->integer;
  if (bounds.most->fraction.empty() && bounds.most_excluded) {
    if (most == "0") return std::string(kNothing);
    most = minus_one(most);
  }
  return less(most, least) ? std::string(kNothing) : whole_between(least, most);
}

// What is not negative, and what is, each by its magnitude.
template <class InBounds>
std::string with_sign(const NumberBounds& bounds, const InBounds& in_bounds) {
  Choices choices;
  const bool most_negative = bounds.most && bounds.most->negative;
  if (!most_negative) {
    NumberBounds positive = bounds;
    if (!positive.least || positive.least->negative) {
      positive.least = Decimal{};
      positive.least_excluded = false;
    }
    choices.add(in_bounds(positive));
  }
  if (!bounds.least || bounds.least->negative) {
    NumberBounds negative{.most = bounds.least, .most_excluded = bounds.least_excluded};
    negative.least = Decimal{};
    negative.least_excluded = true;  // there is no -0
    if (bounds.most && (most_negative || bounds.most->is_zero())) {
      negative.least = bounds.most;
      negative.least_excluded = bounds.most_excluded || bounds.most->is_zero();
    }
    choices.add(joined("\"-\"", in_bounds(negative)));
  }
  return choices.text();
}

}  // namespace

Result<Decimal> to_decimal(double value) {
  if (!(std::abs(value) < 1e16))
    return bad_input("a bound of {} has more than {} digits", value, kMostDigits);
  Decimal decimal{.negative = value < 0};
  // Shortest digits that give this number again; without an exponent.
  std::string digits = fmt::format("{}", std::abs(value));
  if (digits.find('e') != std::string::npos) digits = fmt::format("{:.16f}", std::abs(value));
  const size_t point = digits.find('.');
  decimal.integer = digits.substr(0, point);
  if (point != std::string::npos) {
    decimal.fraction = digits.substr(point + 1, digits.find_last_not_of('0') - point);
  }
  if (decimal.is_zero()) decimal.negative = false;
  return decimal;
}

std::string integer_in_bounds(const NumberBounds& bounds) {
  return with_sign(bounds, whole_in_bounds);
}

std::string number_in_bounds(const NumberBounds& bounds) {
  return with_sign(bounds, magnitudes_in_bounds);
}

}  // namespace nagare

// Strings and numbers.
#include <array>
#include <utility>

#include "output/grammar/code_point_set.h"
#include "output/schema/number_range.h"
#include "output/schema/pattern.h"
#include "output/schema/schema_compiler.h"

namespace nagare {
namespace {

// Dates have at most 28 days in February: each is one of the calendar.
constexpr std::string_view kDate =
    R"([12][0-9]{3} "-" (("0" [13578] | "1" [02]) "-" ("0" [1-9] | [12][0-9] | "3" [01]) | )"
    R"(("0" [469] | "11") "-" ("0" [1-9] | [12][0-9] | "30") | "02-" ("0" [1-9] | "1" [0-9] | "2" [0-8])))";
constexpr std::string_view kTime =
    R"(([01][0-9] | "2" [0-3]) ":" [0-5][0-9] ":" [0-5][0-9] ("." [0-9]{1,6})? )"
    R"(("Z" | [+\-] ([01][0-9] | "2" [0-3]) ":" [0-5][0-9]))";
constexpr std::string_view kUuid = R"([0-9a-f]{8} ("-" [0-9a-f]{4}){3} "-" [0-9a-f]{12})";
constexpr std::string_view kByteNumber =
    R"(("25" [0-5] | "2" [0-4][0-9] | "1" [0-9]{2} | [1-9][0-9]?  | "0"))";
constexpr std::string_view kHostLabel = R"([a-zA-Z0-9] ([a-zA-Z0-9\-]{0,61} [a-zA-Z0-9])?)";

// The inside of a string of this format; empty where the format is only a note.
std::string format_expression(const std::string& format) {
  if (format == "date") return std::string(kDate);
  if (format == "time") return std::string(kTime);
  if (format == "date-time") return "(" + std::string(kDate) + ") \"T\" (" + std::string(kTime) + ")";
  if (format == "uuid") return std::string(kUuid);
  if (format == "ipv4") return fmt::format("{0} (\".\" {0}){{3}}", kByteNumber);
  if (format == "hostname") return fmt::format("{0} (\".\" {0}){{0,3}}", kHostLabel);
  if (format == "email") {
    return fmt::format(
        R"([a-zA-Z0-9_+\-]{{1,32}} ("." [a-zA-Z0-9_+\-]{{1,16}}){{0,3}} "@" {0} ("." {0}){{1,3}})",
        kHostLabel);
  }
  return {};
}

Result<NumberBounds> bounds_of(const Json& schema) {
  NumberBounds bounds;
  const auto number = [&](const char* keyword) -> Result<std::optional<double>> {
    if (!schema.contains(keyword)) return std::optional<double>();
    if (!schema[keyword].is_number()) return bad_input("schema: '{}' is not a number", keyword);
    return std::optional(schema[keyword].get<double>());
  };
  ASSIGN_OR_RETURN(std::optional<double> least, number("minimum"));
  ASSIGN_OR_RETURN(const std::optional<double> above, number("exclusiveMinimum"));
  ASSIGN_OR_RETURN(std::optional<double> most, number("maximum"));
  ASSIGN_OR_RETURN(const std::optional<double> below, number("exclusiveMaximum"));
  if (above && (!least || *above >= *least)) {
    least = above;
    bounds.least_excluded = true;
  }
  if (below && (!most || *below <= *most)) {
    most = below;
    bounds.most_excluded = true;
  }
  // What lies beyond all numbers that are written here bounds nothing.
  if (least && *least > -1e16) {
    ASSIGN_OR_RETURN(bounds.least, to_decimal(*least));
  }
  if (most && *most < 1e16) {
    ASSIGN_OR_RETURN(bounds.most, to_decimal(*most));
  }
  return bounds;
}

}  // namespace

Result<std::string> SchemaCompiler::visit_string(const Json& schema) {
  ASSIGN_OR_RETURN(const int64_t least, count_keyword(schema, "minLength", 0));
  ASSIGN_OR_RETURN(const int64_t most, count_keyword(schema, "maxLength", kNoLimit));
  const bool has_length = least > 0 || most != kNoLimit;
  std::string inside;
  if (schema.contains("pattern")) {
    if (!schema["pattern"].is_string()) return bad_input("schema: pattern is not a string");
    ASSIGN_OR_RETURN(inside, pattern_to_grammar(schema["pattern"].get_ref<const std::string&>()));
  } else if (schema.contains("format") && schema["format"].is_string()) {
    inside = format_expression(schema["format"].get<std::string>());
  }
  if (inside.empty()) {
    if (!has_length) return writer_.json("string");
    if (most != kNoLimit && most < least) return std::string(kNothing);
    ASSIGN_OR_RETURN(const std::string count, repetition(least, most));
    inside = writer_.json("char") + count;
  } else if (has_length) {
    return unsupported(
        "schema: a length together with a pattern or format is not known; say it in the pattern");
  }
  return writer_.add_rule("\"\\\"\" (" + inside + ") \"\\\"\"");
}

Result<std::string> SchemaCompiler::visit_number(const Json& schema, bool integer) {
  if (schema.contains("multipleOf") && !(integer && schema["multipleOf"] == Json(1))) {
    return unsupported("schema: the keyword 'multipleOf' is not known");
  }
  ASSIGN_OR_RETURN(const NumberBounds bounds, bounds_of(schema));
  if (!bounds.least && !bounds.most) return writer_.json(integer ? "integer" : "number");
  return writer_.add_rule(integer ? integer_in_bounds(bounds) : number_in_bounds(bounds));
}

}  // namespace nagare

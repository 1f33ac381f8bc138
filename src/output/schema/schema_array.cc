// Arrays: prefixItems at the beginning, items behind, between minItems and maxItems of them.
#include <algorithm>
#include <utility>

#include "output/schema/schema_compiler.h"

namespace nagare {

Result<std::string> SchemaCompiler::visit_array(const Json& schema, int depth) {
  // Draft-07 has the prefix in `items` and the rest in `additionalItems`.
  const bool old_prefix = schema.contains("items") && schema["items"].is_array();
  const char* const prefix_keyword = old_prefix ? "items" : "prefixItems";
  const char* const items_keyword = old_prefix ? "additionalItems" : "items";
  const Json prefix = schema.contains(prefix_keyword) ? schema[prefix_keyword] : Json::array();
  if (!prefix.is_array()) return bad_input("schema: prefixItems is not an array");
  const Json items = schema.contains(items_keyword) ? schema[items_keyword] : Json(true);
  ASSIGN_OR_RETURN(const int64_t least, count_keyword(schema, "minItems", 0));
  ASSIGN_OR_RETURN(int64_t most, count_keyword(schema, "maxItems", kNoLimit));
  const auto prefix_count = static_cast<int64_t>(prefix.size());
  if (items == Json(false) && (most == kNoLimit || most > prefix_count)) most = prefix_count;
  if (most != kNoLimit && most < least) return std::string(kNothing);

  const std::string ws = writer_.json("ws");
  const std::string comma = "\",\" " + ws + " ";
  std::string rest = "\"\"";  // what may follow the first `prefix_count` elements
  std::string item;
  if (most == kNoLimit || most > prefix_count) {
    ASSIGN_OR_RETURN(item, visit(items, depth + 1));
    item = writer_.add_rule(std::move(item));
    // Where there is no prefix, one of them stands before the first comma.
    const int64_t before = std::max<int64_t>(prefix_count, 1);
    ASSIGN_OR_RETURN(const std::string count, repetition(std::max<int64_t>(least - before, 0),
                                                         most == kNoLimit ? kNoLimit : most - before));
    rest = "(" + comma + item + ")" + count;
  }
  std::string elements;
  if (prefix_count == 0) {
    if (item.empty()) return writer_.add_rule("\"[\" " + ws + " \"]\"");
    elements = item + " " + rest;
  } else {
    const auto used = static_cast<size_t>(most == kNoLimit ? prefix_count : std::min(most, prefix_count));
    for (size_t i = used; i-- > 0;) {
      ASSIGN_OR_RETURN(const std::string element, visit(prefix[i], depth + 1));
      const bool optional = static_cast<int64_t>(i) >= least && i > 0;
      const std::string here = (i > 0 ? comma : "") + element + " " + rest;
      rest = writer_.add_rule(optional ? "(" + here + ")?" : here);
    }
    elements = used == 0 ? "\"\"" : rest;
  }
  const std::string filled = "(" + elements + " " + ws + ")";
  return writer_.add_rule("\"[\" " + ws + " " + filled + (least == 0 ? "?" : "") + " \"]\"");
}

}  // namespace nagare

// Objects: properties in the schema's order, the optional ones left out or not, then others where allowed.
#include <algorithm>
#include <utility>

#include "base/printable.h"
#include "base/utf8.h"
#include "output/grammar/code_point_set.h"
#include "output/schema/schema_compiler.h"

namespace nagare {
namespace {

struct Property {
  std::string name;
  std::string rule;  // `"name": value`
  bool required = false;
};

Result<std::vector<std::string>> required_names(const Json& schema) {
  std::vector<std::string> names;
  if (!schema.contains("required")) return names;
  if (!schema["required"].is_array()) return bad_input("schema: required is not an array");
  for (const Json& name : schema["required"]) {
    if (!name.is_string()) return bad_input("schema: required holds something other than a name");
    names.push_back(name.get<std::string>());
  }
  return names;
}

// What others may be where the schema does not say: anything, if it names no property at all.
Json other_schema(const Json& schema) {
  if (schema.contains("additionalProperties")) return schema["additionalProperties"];
  return Json(!schema.contains("properties"));
}

}  // namespace

Result<std::string> SchemaCompiler::visit_object(const Json& schema, int depth) {
  const Json none = Json::object();
  const Json& named = schema.contains("properties") ? schema["properties"] : none;
  if (!named.is_object()) return bad_input("schema: properties is not an object");
  ASSIGN_OR_RETURN(const std::vector<std::string> required, required_names(schema));
  const Json others = other_schema(schema);
  const std::string ws = writer_.json("ws");

  std::vector<Property> properties;
  std::vector<std::string> names;
  const auto add = [&](const std::string& name, const Json& value) -> Status {
    ASSIGN_OR_RETURN(const std::string expression, visit(value, depth + 1));
    names.push_back(name);
    properties.push_back({name, writer_.add_rule(json_literal(name) + " \":\" " + ws + " " + expression),
                          std::ranges::find(required, name) != required.end()});
    return {};
  };
  for (const auto& [name, value] : named.items()) RETURN_IF_ERROR(add(name, value));
  for (const std::string& name : required) {
    if (std::ranges::find(names, name) == names.end()) RETURN_IF_ERROR(add(name, others));
  }

  const std::string comma = "\",\" " + ws + " ";
  std::string other;
  if (others != Json(false)) {
    ASSIGN_OR_RETURN(const std::string expression, visit(others, depth + 1));
    other = writer_.add_rule(other_keys(names) + " \":\" " + ws + " " + expression);
  }
  // rest: what may follow a property, by how many of them are behind.
  std::string rest = other.empty() ? "\"\"" : "(" + comma + other + ")*";
  const auto first_required = static_cast<size_t>(
      std::ranges::find_if(properties, [](const Property& p) { return p.required; }) - properties.begin());
  std::string choices;
  for (size_t i = properties.size(); i-- > 0;) {
    const Property& property = properties[i];
    if (i <= first_required) choices += (choices.empty() ? "" : " | ") + property.rule + " " + rest;
    const std::string member = comma + property.rule;
    rest = writer_.add_rule((property.required ? member : "(" + member + ")?") + " " + rest);
  }
  ASSIGN_OR_RETURN(const int64_t least, count_keyword(schema, "minProperties", 0));
  const auto required_count = std::ranges::count_if(properties, &Property::required);
  if (least > std::max<int64_t>(required_count, 1))
    return unsupported("schema: minProperties above 1 is not known");
  if (first_required == properties.size()) {
    if (!other.empty()) choices += (choices.empty() ? "" : " | ") + other + " (" + comma + other + ")*";
    if (choices.empty())
      return least > 0 ? std::string(kNothing) : writer_.add_rule("\"{\" " + ws + " \"}\"");
    return writer_.add_rule("\"{\" " + ws + " (" + writer_.add_rule(choices) + " " + ws + ")" +
                            (least > 0 ? "" : "?") + " \"}\"");
  }
  return writer_.add_rule("\"{\" " + ws + " " + writer_.add_rule(choices) + " " + ws + " \"}\"");
}

// A key that is none of `names`: a tree of their characters, and what leaves it.
std::string SchemaCompiler::other_keys(const std::vector<std::string>& names) {
  // One rule per beginning of a name: the characters that stay on a name, and all others, after which
  // anything may come. Escapes are left out, so that no name can be written in another way.
  constexpr std::string_view kPlain = "[^\"\\\\\\x00-\\x1F\\x7F]*";
  std::map<std::string, std::string> rules;  // beginning → rule
  std::map<std::string, std::map<char32_t, std::string>> next;
  next[""];
  for (const std::string& name : names) {
    const char* const end = name.data() + name.size();
    for (const char* at = name.data(); at < end;) {
      const Utf8Char c = decode_utf8(at, end);
      std::string beginning(name.data(), at);
      at += c.byte_count;
      std::string longer(name.data(), at);
      next[longer];
      next[beginning][c.code_point] = std::move(longer);
    }
  }
  for (const auto& [beginning, children] : next) rules[beginning] = writer_.new_name();
  for (const auto& [beginning, children] : next) {
    std::vector<CodePointRange> on_a_name{{0, 0x1F}, {'"', '"'}, {'\\', '\\'}, {0x7F, 0x7F}};
    std::string choices;
    for (const auto& [character, longer] : children) {
      on_a_name.push_back({character, character});
      std::string text;
      append_utf8(text, character);
      const bool plain = character >= 0x20 && character != '"' && character != '\\' && character != 0x7F;
      if (plain) choices += grammar_literal(text) + " " + rules[longer] + " | ";
    }
    choices += grammar_set(normal_set(std::move(on_a_name), true)) + " " + std::string(kPlain);
    if (std::ranges::find(names, beginning) == names.end()) choices += " | \"\"";
    writer_.set_rule(rules[beginning], std::move(choices));
  }
  return "\"\\\"\" " + rules[""] + " \"\\\"\"";
}

}  // namespace nagare

#include "output/schema/schema_to_grammar.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "base/out_of_memory.h"
#include "base/printable.h"
#include "output/grammar/code_point_set.h"
#include "output/grammar/grammar_parser.h"
#include "output/schema/schema_compiler.h"

namespace nagare {
namespace {

// Keywords that constrain and that nothing here can hold to.
constexpr std::array<const char*, 16> kUnknownKeywords{"not",
                                                       "if",
                                                       "then",
                                                       "else",
                                                       "patternProperties",
                                                       "propertyNames",
                                                       "dependencies",
                                                       "contains",
                                                       "minContains",
                                                       "maxContains",
                                                       "unevaluatedProperties",
                                                       "unevaluatedItems",
                                                       "maxProperties",
                                                       "$dynamicRef",
                                                       "$recursiveRef",
                                                       "dependentSchemas"};

Status refuse_unknown(const Json& schema) {
  for (const char* keyword : kUnknownKeywords) {
    if (schema.contains(keyword)) return unsupported("schema: the keyword '{}' is not known", keyword);
  }
  if (schema.value("uniqueItems", Json(false)) == Json(true)) {
    return unsupported("schema: the keyword 'uniqueItems' is not known");
  }
  return {};
}

Json without(const Json& schema, const char* keyword) {
  Json rest = schema;
  rest.erase(keyword);
  return rest;
}

// Notes beside a reference change nothing.
bool only_notes_beside(const Json& schema, const char* keyword) {
  static const std::set<std::string> kNotes{
      "title",     "description", "default",     "examples", "$comment", "deprecated", "readOnly",
      "writeOnly", "$defs",       "definitions", "$schema",  "$id",      "example"};
  return std::ranges::all_of(
      schema.items(), [&](const auto& item) { return item.key() == keyword || kNotes.contains(item.key()); });
}

// The types that a schema without `type` means by its other keywords; all where there is no hint.
std::vector<std::string> meant_types(const Json& schema) {
  static const std::array<std::pair<const char*, const char*>, 17> kHints{{{"properties", "object"},
                                                                           {"required", "object"},
                                                                           {"additionalProperties", "object"},
                                                                           {"minProperties", "object"},
                                                                           {"items", "array"},
                                                                           {"prefixItems", "array"},
                                                                           {"minItems", "array"},
                                                                           {"maxItems", "array"},
                                                                           {"pattern", "string"},
                                                                           {"format", "string"},
                                                                           {"minLength", "string"},
                                                                           {"maxLength", "string"},
                                                                           {"minimum", "number"},
                                                                           {"maximum", "number"},
                                                                           {"exclusiveMinimum", "number"},
                                                                           {"exclusiveMaximum", "number"},
                                                                           {"multipleOf", "number"}}};
  std::vector<std::string> types;
  for (const auto& [keyword, type] : kHints) {
    if (schema.contains(keyword) && std::ranges::find(types, type) == types.end()) types.emplace_back(type);
  }
  return types;
}

Result<std::vector<std::string>> types_of(const Json& schema) {
  std::vector<std::string> types;
  if (!schema.contains("type")) {
    types = meant_types(schema);
  } else {
    for (const Json& type : schema["type"].is_array() ? schema["type"] : Json::array({schema["type"]})) {
      if (!type.is_string()) return bad_input("schema: a type is not a string");
      types.push_back(type.get<std::string>());
    }
    // Merged types name both; a number may be whole.
    if (std::ranges::find(types, "number") != types.end()) std::erase(types, "integer");
  }
  if (schema.value("nullable", Json(false)) == Json(true) && !types.empty()) types.emplace_back("null");
  return types;
}

bool has_type(const std::string& type, const Json& value) {
  if (type == "integer")
    return value.is_number_integer() ||
           (value.is_number() && value.get<double>() == std::floor(value.get<double>()));
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  if (type == "array") return value.is_array();
  return type == "object" && value.is_object();
}

bool number_fits(const Json& schema, double value) {
  const auto holds = [&](const char* keyword, auto&& compare) {
    return !schema.contains(keyword) || !schema[keyword].is_number() ||
           compare(value, schema[keyword].get<double>());
  };
  return holds("minimum", std::greater_equal<>()) && holds("maximum", std::less_equal<>()) &&
         holds("exclusiveMinimum", std::greater<>()) && holds("exclusiveMaximum", std::less<>());
}

int64_t character_count(const std::string& text) {
  return std::ranges::count_if(text, [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; });
}

}  // namespace

bool admits(const Json& schema, const Json& value) {
  if (schema.contains("type")) {
    const auto types = types_of(schema);
    if (!types || std::ranges::none_of(*types, [&](const auto& type) { return has_type(type, value); }))
      return false;
  }
  if (value.is_number() && !number_fits(schema, value.get<double>())) return false;
  if (!value.is_string()) return true;
  const auto least = count_keyword(schema, "minLength", 0);
  const auto most = count_keyword(schema, "maxLength", kNoLimit);
  const int64_t length = character_count(value.get_ref<const std::string&>());
  return least && most && length >= *least && (*most == kNoLimit || length <= *most);
}

std::string json_literal(const Json& value) {
  return grammar_literal(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Result<int64_t> count_keyword(const Json& schema, const char* keyword, int64_t otherwise) {
  if (!schema.contains(keyword)) return otherwise;
  const Json& value = schema[keyword];
  // 3.0 is a whole number too.
  const double count = value.is_number() ? value.get<double>() : -1;
  if (count < 0 || count != std::floor(count) || count > 1e15) {
    return bad_input("schema: '{}' is not a whole number from 0 on", keyword);
  }
  return static_cast<int64_t>(count);
}

Result<std::string> repetition(int64_t least, int64_t most) {
  if (std::max(least, most) > kMostRepetitions) {
    return bad_input("schema: a length of {} is more than {}", std::max(least, most), kMostRepetitions);
  }
  return most == kNoLimit ? fmt::format("{{{},}}", least) : fmt::format("{{{},{}}}", least, most);
}

Result<std::string> SchemaCompiler::compile() {
  ASSIGN_OR_RETURN(const std::string root, visit(document_, 0));
  if (!writer_.fits()) return bad_input("schema: it becomes too large a grammar");
  return writer_.text(root);
}

Result<std::string> SchemaCompiler::visit(const Json& schema, int depth) {
  if (schema == Json(true)) return writer_.json("value");
  if (schema == Json(false)) return std::string(kNothing);
  if (!schema.is_object()) return bad_input("schema: a schema is an object, true or false");
  if (depth > kMostSchemaDepth)
    return bad_input("schema: schemas are nested more than {} deep, or refer to each other in a circle",
                     kMostSchemaDepth);
  if (++visited_ > kMostSchemaParts || !writer_.fits()) {
    return bad_input("schema: it has more than {} parts", kMostSchemaParts);
  }
  RETURN_IF_ERROR(refuse_unknown(schema));
  if (schema.contains("$ref")) return visit_reference(schema, depth);
  if (schema.contains("allOf")) return visit_all_of(schema, depth);
  if (schema.contains("anyOf")) return visit_branches(schema, "anyOf", depth);
  if (schema.contains("oneOf")) return visit_branches(schema, "oneOf", depth);
  if (schema.contains("const") || schema.contains("enum")) return visit_values(schema);
  ASSIGN_OR_RETURN(const std::vector<std::string> types, types_of(schema));
  if (types.empty()) return schema.contains("type") ? std::string(kNothing) : writer_.json("value");
  std::string choices;
  for (const std::string& type : types) {
    ASSIGN_OR_RETURN(const std::string choice, visit_type(schema, type, depth));
    choices += (choices.empty() ? "" : " | ") + choice;
  }
  return types.size() == 1 ? choices : "(" + choices + ")";
}

Result<std::string> SchemaCompiler::visit_reference(const Json& schema, int depth) {
  if (!schema["$ref"].is_string()) return bad_input("schema: a $ref is not a string");
  const auto reference = schema["$ref"].get<std::string>();
  ASSIGN_OR_RETURN(const Json* target, resolve(document_, reference));
  if (!only_notes_beside(schema, "$ref")) {
    ASSIGN_OR_RETURN(const Json merged, merge(*target, without(schema, "$ref")));
    return visit(merged, depth + 1);
  }
  const auto [known, added] = references_.try_emplace(reference);
  std::string name = added ? known->second = writer_.new_name() : known->second;
  if (!added) return name;
  ASSIGN_OR_RETURN(std::string body, visit(*target, depth + 1));
  writer_.set_rule(name, std::move(body));
  return name;
}

Result<std::string> SchemaCompiler::visit_all_of(const Json& schema, int depth) {
  if (!schema["allOf"].is_array()) return bad_input("schema: allOf is not an array");
  Json merged = without(schema, "allOf");
  for (const Json& part : schema["allOf"]) {
    // References are followed here, so that their keywords can be merged.
    const Json* target = &part;
    Json resolved;
    for (int hops = 0; target->is_object() && target->contains("$ref"); ++hops) {
      if (!(*target)["$ref"].is_string()) return bad_input("schema: a $ref is not a string");
      if (hops == kMostSchemaDepth) return bad_input("schema: references go in a circle");
      ASSIGN_OR_RETURN(const Json* next, resolve(document_, (*target)["$ref"].get<std::string>()));
      ASSIGN_OR_RETURN(Json both, merge(*next, without(*target, "$ref")));
      resolved = std::move(both);
      target = &resolved;
    }
    ASSIGN_OR_RETURN(merged, merge(merged, *target));
  }
  return visit(merged, depth + 1);
}

Result<std::string> SchemaCompiler::visit_branches(const Json& schema, const char* keyword, int depth) {
  if (!schema[keyword].is_array()) return bad_input("schema: {} is not an array", keyword);
  const Json rest = without(schema, keyword);
  std::string choices;
  for (const Json& branch : schema[keyword]) {
    std::string choice;
    if (only_notes_beside(schema, keyword)) {
      ASSIGN_OR_RETURN(choice, visit(branch, depth + 1));
    } else {
      ASSIGN_OR_RETURN(choice, visit(Json{{"allOf", Json::array({rest, branch})}}, depth + 1));
    }
    choices += (choices.empty() ? "" : " | ") + choice;
  }
  return choices.empty() ? std::string(kNothing) : writer_.add_rule(std::move(choices));
}

Result<std::string> SchemaCompiler::visit_values(const Json& schema) {
  Json values = Json::array();
  if (schema.contains("const")) values.push_back(schema["const"]);
  if (schema.contains("enum")) {
    if (!schema["enum"].is_array()) return bad_input("schema: enum is not an array");
    values =
        schema.contains("const")
            ? std::ranges::find(schema["enum"], values[0]) != schema["enum"].end() ? values : Json::array()
            : schema["enum"];
  }
  std::string choices;
  for (const Json& value : values) {
    if (admits(schema, value)) choices += (choices.empty() ? "" : " | ") + json_literal(value);
  }
  return choices.empty() ? std::string(kNothing) : writer_.add_rule(std::move(choices));
}

Result<std::string> SchemaCompiler::visit_type(const Json& schema, const std::string& type, int depth) {
  if (type == "null") return std::string("\"null\"");
  if (type == "boolean") return std::string("(\"true\" | \"false\")");
  if (type == "string") return visit_string(schema);
  if (type == "integer" || type == "number") return visit_number(schema, type == "integer");
  if (type == "array") return visit_array(schema, depth);
  if (type == "object") return visit_object(schema, depth);
  return bad_input("schema: the type '{}' is not known", printable(type));
}

Result<std::string> schema_to_grammar(std::string_view schema_json) {
  return or_out_of_memory("read the schema", [&]() -> Result<std::string> {
    ASSIGN_OR_RETURN(const Json schema, read_schema(schema_json));
    return SchemaCompiler(schema).compile();
  });
}

}  // namespace nagare

#include "output/schema/schema_json.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/printable.h"
#include "output/schema/schema_to_grammar.h"

namespace nagare {
namespace {

constexpr size_t kMostBranchPairs = 256;

// Brackets outside strings, before a tree is built.
int json_depth(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

// %41 → A, then ~1 → /, ~0 → ~ (RFC 6901). False where an escape is broken.
bool unescape(std::string& part) {
  std::string plain;
  for (size_t i = 0; i < part.size(); ++i) {
    if (part[i] == '%') {
      if (i + 2 >= part.size() || part.find_first_not_of("0123456789abcdefABCDEF", i + 1) < i + 3)
        return false;
      plain += static_cast<char>(std::stoi(part.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      plain += part[i];
    }
  }
  part.clear();
  for (size_t i = 0; i < plain.size(); ++i) {
    if (plain[i] != '~') {
      part += plain[i];
    } else {
      if (i + 1 >= plain.size() || (plain[i + 1] != '0' && plain[i + 1] != '1')) return false;
      part += plain[++i] == '0' ? '~' : '/';
    }
  }
  return true;
}

// A schema that allows both of two others, told later.
Json both(const Json& a, const Json& b) {
  if (a == b || b == Json(true)) return a;
  if (a == Json(true)) return b;
  return Json{{"allOf", Json::array({a, b})}};
}

std::set<std::string> type_names(const Json& types) {
  std::set<std::string> names;
  for (const Json& type : types.is_array() ? types : Json::array({types})) {
    if (!type.is_string()) continue;
    names.insert(type.get<std::string>());
    if (type == "number") names.insert("integer");
  }
  return names;
}

Json merged_types(const Json& a, const Json& b) {
  const auto of_a = type_names(a);
  const auto of_b = type_names(b);
  Json types = Json::array();
  for (const std::string& name : of_a) {
    if (of_b.contains(name)) types.push_back(name);
  }
  return types;
}

Json merged_values(const Json& a, const Json& b) {
  Json values = Json::array();
  for (const Json& value : a) {
    if (std::ranges::find(b, value) != b.end()) values.push_back(value);
  }
  return values;
}

// What a schema says about a property that it does not name.
Json unnamed(const Json& schema) {
  return schema.contains("additionalProperties") ? schema["additionalProperties"] : Json(true);
}

const Json* named(const Json& schema, const std::string& name) {
  if (!schema.contains("properties") || !schema["properties"].is_object()) return nullptr;
  const auto found = schema["properties"].find(name);
  return found == schema["properties"].end() ? nullptr : &*found;
}

void merge_properties(const Json& a, const Json& b, Json& merged) {
  Json properties = Json::object();
  for (const Json* side : {&a, &b}) {
    if (!side->contains("properties") || !(*side)["properties"].is_object()) continue;
    for (const auto& [name, schema] : (*side)["properties"].items()) {
      if (properties.contains(name)) continue;
      const Json* in_a = named(a, name);
      const Json* in_b = named(b, name);
      properties[name] = both(in_a != nullptr ? *in_a : unnamed(a), in_b != nullptr ? *in_b : unnamed(b));
    }
  }
  if (!properties.empty()) merged["properties"] = std::move(properties);
  if (a.contains("additionalProperties") || b.contains("additionalProperties")) {
    merged["additionalProperties"] = both(unnamed(a), unnamed(b));
  }
}

Result<Json> merge_branches(const Json& a, const Json& b) {
  if (!a.is_array() || !b.is_array() || a.size() * b.size() > kMostBranchPairs) {
    return bad_input("schema: more than {} combinations of anyOf branches", kMostBranchPairs);
  }
  Json branches = Json::array();
  for (const Json& of_a : a) {
    for (const Json& of_b : b) branches.push_back(both(of_a, of_b));
  }
  return branches;
}

// Where both have the keyword: what both want.
Result<Json> merged_keyword(const std::string& key, const Json& a, const Json& b) {
  static const std::set<std::string> kLargest{"minLength", "minItems", "minimum", "exclusiveMinimum",
                                              "minProperties"};
  static const std::set<std::string> kSmallest{"maxLength", "maxItems", "maximum", "exclusiveMaximum",
                                               "maxProperties"};
  if (a == b) return a;
  if (key == "type") return merged_types(a, b);
  if (key == "enum" && a.is_array() && b.is_array()) return merged_values(a, b);
  if (key == "anyOf" || key == "oneOf") return merge_branches(a, b);
  if (kLargest.contains(key) && a.is_number() && b.is_number()) return a < b ? b : a;
  if (kSmallest.contains(key) && a.is_number() && b.is_number()) return a < b ? a : b;
  if (key == "required" && a.is_array() && b.is_array()) {
    Json names = a;
    for (const Json& name : b) {
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
    return names;
  }
  if (key == "allOf" && a.is_array() && b.is_array()) {
    Json all = a;
    all.insert(all.end(), b.begin(), b.end());
    return all;
  }
  if (key == "items" && !a.is_array() && !b.is_array()) return both(a, b);
  if (key == "nullable") return Json(false);
  return bad_input("schema: two different '{}' for one value are not known", printable(key));
}

}  // namespace

Result<Json> read_schema(std::string_view text) {
  if (text.size() > kMostSchemaBytes) {
    return bad_input("schema: {} bytes; at most {} are read", grouped(text.size()),
                     grouped(kMostSchemaBytes));
  }
  if (json_depth(text) > kMostJsonDepth)
    return bad_input("schema: brackets are nested more than {} deep", kMostJsonDepth);
  Json schema = Json::parse(text, nullptr, false);
  if (schema.is_discarded()) return bad_input("schema: it is not valid JSON");
  return schema;
}

Result<const Json*> resolve(const Json& document, const std::string& reference) {
  if (!reference.starts_with('#')) {
    return bad_input(
        "schema: the reference '{}' points outside the document; nothing is fetched: put it into $defs",
        printable(reference));
  }
  const Json* at = &document;
  std::string_view rest = std::string_view(reference).substr(1);
  while (!rest.empty()) {
    if (rest[0] != '/')
      return bad_input("schema: the reference '{}' is no path like '#/$defs/name'", printable(reference));
    const size_t slash = rest.find('/', 1);
    std::string part(rest.substr(1, slash == std::string_view::npos ? slash : slash - 1));
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
    const Json* next = nullptr;
    if (unescape(part)) {
      if (at->is_object() && at->contains(part)) next = &(*at)[part];
      const bool is_index =
          !part.empty() && part.size() < 7 && part.find_first_not_of("0123456789") == std::string::npos;
      if (at->is_array() && is_index && std::stoul(part) < at->size()) next = &(*at)[std::stoul(part)];
    }
    if (next == nullptr) return bad_input("schema: the reference '{}' leads nowhere", printable(reference));
    at = next;
  }
  return at;
}

Result<Json> merge(const Json& a, const Json& b) {
  if (a == Json(false) || b == Json(false)) return Json(false);
  if (a == Json(true)) return b;
  if (b == Json(true)) return a;
  if (!a.is_object() || !b.is_object()) return bad_input("schema: a schema is an object, true or false");
  // Different references cannot be made one: both stay, to be resolved.
  if (a.contains("$ref") && b.contains("$ref")) return Json{{"allOf", Json::array({a, b})}};
  if (a.contains("const") && b.contains("const") && a["const"] != b["const"]) return Json(false);
  Json merged = a;
  for (const auto& [key, value] : b.items()) {
    if (key == "properties" || key == "additionalProperties") continue;
    if (!merged.contains(key)) {
      merged[key] = value;
    } else {
      ASSIGN_OR_RETURN(merged[key], merged_keyword(key, merged[key], value));
    }
  }
  merge_properties(a, b, merged);
  return merged;
}

}  // namespace nagare

#include "output/schema/grammar_writer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "output/grammar/grammar_parser.h"

namespace nagare {
namespace {

struct JsonRule {
  std::string_view name;
  std::string_view body;
  std::array<std::string_view, 6> uses;
};

// Digits and white space are bounded, so that no answer gets lost in them.
constexpr std::array<JsonRule, 8> kJsonRules{{
    {"ws", R"((" " | "\n" " "{0,16})?)", {}},
    {"char",
     R"([^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" ([0-9a-cA-CefEF] [0-9a-fA-F]{3} | [dD] [0-7] [0-9a-fA-F]{2})))",
     {}},
    {"string", R"("\"" char* "\"")", {"char"}},
    {"integer", R"("-"? ("0" | [1-9] [0-9]{0,15}))", {}},
    {"number", R"("-"? ("0" | [1-9] [0-9]{0,15}) ("." [0-9]{1,16})? ([eE] [\-+]? [0-9]{1,2})?)", {}},
    {"array", R"("[" ws (value ("," ws value)* ws)? "]")", {"ws", "value"}},
    {"object",
     R"("{" ws (string ":" ws value ("," ws string ":" ws value)* ws)? "}")",
     {"ws", "value", "string"}},
    {"value",
     R"(object | array | string | number | "true" | "false" | "null")",
     {"object", "array", "string", "number"}},
}};

}  // namespace

void GrammarWriter::set_rule(const std::string& name, std::string body) {
  bytes_ += name.size() + body.size() + 6;
  rules_[name] = std::move(body);
}

std::string GrammarWriter::add_rule(std::string body) {
  std::string name = new_name();
  set_rule(name, std::move(body));
  return name;
}

std::string GrammarWriter::json(std::string_view name) {
  const auto* const rule = std::ranges::find(kJsonRules, name, &JsonRule::name);
  if (rules_.contains(std::string(name))) return std::string(name);
  set_rule(std::string(name), std::string(rule->body));
  for (const std::string_view used : rule->uses) {
    if (!used.empty()) json(used);
  }
  return std::string(name);
}

bool GrammarWriter::fits() const {
  return bytes_ < kMostGrammarBytes - 1024;
}

std::string GrammarWriter::text(std::string_view root) const {
  std::string text;
  text.reserve(bytes_ + 64);
  text.append("root ::= ").append(root).append("\n");
  for (const auto& [name, body] : rules_) text.append(name).append(" ::= ").append(body).append("\n");
  return text;
}

}  // namespace nagare

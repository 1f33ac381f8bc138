// Collects the rules of a grammar that is made from a schema. The rules that all JSON has are added when they
// are first asked for.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nagare {

inline constexpr std::string_view kNothing = "[]";  // an expression that no text matches

class GrammarWriter {
 public:
  // A name that no rule has yet, for set_rule().
  std::string new_name() { return "s" + std::to_string(next_name_++); }
  void set_rule(const std::string& name, std::string body);
  std::string add_rule(std::string body);

  // Names of JSON's own rules: "value", "object", "array", "string", "char", "number", "integer", "ws".
  std::string json(std::string_view name);

  // False once the text has become larger than a grammar may be.
  bool fits() const;
  std::string text(std::string_view root) const;

 private:
  std::map<std::string, std::string> rules_;
  size_t bytes_ = 0;
  int next_name_ = 0;
};

}  // namespace nagare

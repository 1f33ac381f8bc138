// One schema document on its way to a grammar: see schema_to_grammar.h for what is known. Each visit gives an
// expression; larger parts become rules of their own.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "output/schema/grammar_writer.h"
#include "output/schema/schema_json.h"

namespace nagare {

class SchemaCompiler {
 public:
  explicit SchemaCompiler(const Json& document) : document_(document) {}

  Result<std::string> compile();

 private:
  // A visit that is `depth` schemas deep.
  Result<std::string> visit(const Json& schema, int depth);
  Result<std::string> visit_reference(const Json& schema, int depth);
  Result<std::string> visit_all_of(const Json& schema, int depth);
  Result<std::string> visit_branches(const Json& schema, const char* keyword, int depth);
  Result<std::string> visit_values(const Json& schema);
  Result<std::string> visit_type(const Json& schema, const std::string& type, int depth);
  // schema_object.cc
  Result<std::string> visit_object(const Json& schema, int depth);
  std::string other_keys(const std::vector<std::string>& names);
  // schema_array.cc
  Result<std::string> visit_array(const Json& schema, int depth);
  // schema_scalar.cc
  Result<std::string> visit_string(const Json& schema);
  Result<std::string> visit_number(const Json& schema, bool integer);

  const Json& document_;
  GrammarWriter writer_;
  std::map<std::string, std::string> references_;  // to the rules that stand for them
  int visited_ = 0;
};

// A keyword that counts: `otherwise` where it is absent, an error where it is no whole number from 0 on.
Result<int64_t> count_keyword(const Json& schema, const char* keyword, int64_t otherwise);
inline constexpr int64_t kNoLimit = -1;

// "{2,5}", "{2,}"; the counts must be within the limits of grammars.
Result<std::string> repetition(int64_t least, int64_t most);

// Does the value fit what the schema says about its type, range and length?
bool admits(const Json& schema, const Json& value);

// A value as a literal of a grammar.
std::string json_literal(const Json& value);

}  // namespace nagare

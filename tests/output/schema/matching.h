// A compiled grammar asked about whole texts.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "output/grammar/chart.h"
#include "output/schema/schema_to_grammar.h"

namespace nagare::test {

inline bool matches(const Grammar& grammar, std::string_view text) {
  Chart chart(grammar);
  chart.start(grammar.start(grammar.root()));
  for (const char byte : text) {
    if (!chart.advance(static_cast<uint8_t>(byte))) return false;
  }
  return chart.complete();
}

// "" or why it is refused.
inline std::string schema_error(std::string_view schema) {
  const auto text = schema_to_grammar(schema);
  const auto grammar = text ? Grammar::parse(*text) : Result<Grammar>(std::unexpected(text.error()));
  if (grammar) return "";
  EXPECT_EQ(exit_code(grammar.error().kind), 2);
  EXPECT_EQ(grammar.error().message.find('\n'), std::string::npos);
  return grammar.error().message;
}

inline Grammar schema_grammar(std::string_view schema) {
  const auto text = schema_to_grammar(schema);
  if (!text) ADD_FAILURE() << schema << ": " << text.error().message;
  auto grammar = Grammar::parse(text ? *text : "root ::= []");
  if (!grammar) ADD_FAILURE() << schema << ": " << grammar.error().message << "\n" << (text ? *text : "");
  return grammar ? std::move(*grammar) : *Grammar::parse("root ::= \"\"");
}

}  // namespace nagare::test

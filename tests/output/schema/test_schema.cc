#include <gtest/gtest.h>

#include <vector>

#include "matching.h"

namespace nagare {
namespace {

using test::matches;
using test::schema_error;
using test::schema_grammar;

struct Case {
  const char* schema;
  std::vector<const char*> valid;
  std::vector<const char*> invalid;
};

void expect_all(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    const Grammar grammar = schema_grammar(c.schema);
    for (const char* text : c.valid) EXPECT_TRUE(matches(grammar, text)) << c.schema << " on " << text;
    for (const char* text : c.invalid) EXPECT_FALSE(matches(grammar, text)) << c.schema << " on " << text;
  }
}

TEST(Schema, AnyJson) {
  expect_all({{"true",
               {"null", "true", "-0.5e+10", "\"a\\u00e9\\n漢\"", "[]", "[1, {\"a\": [\"b\"]}]", "{}",
                "{\n  \"a\": 1,\n  \"b\": {}}"},
               {"", "nul", "01", "1.", "+1", "\"\\x\"", "\"a", "[1,]", "{a:1}", "\"\t\"", "\"\\ud800\"",
                "[1 2]", "{\"a\" 1}"}},
              {R"({"type":"object"})", {"{}", R"({"x":[1,"2"]})"}, {"[]", "1", "{1:2}"}},
              {"{}", {"1", "[null]"}, {"x"}}});
}

TEST(Schema, Types) {
  expect_all(
      {{R"({"type":"string"})", {"\"\"", "\"a b\""}, {"a", "1", "null"}},
       {R"({"type":"integer"})", {"0", "-12", "9999999999999999"}, {"1.0", "-", "1e3", "00"}},
       {R"({"type":"number"})", {"0", "-12.5", "1e3"}, {".5", "\"1\""}},
       {R"({"type":"boolean"})", {"true", "false"}, {"True", "1"}},
       {R"({"type":["string","null"]})", {"null", "\"x\""}, {"1"}},
       {R"({"type":"string","nullable":true})", {"null", "\"x\""}, {"1"}},
       {R"({"enum":["a", 1, null, {"k":[1]}]})", {"\"a\"", "1", "null", "{\"k\":[1]}"}, {"\"b\"", "a", "2"}},
       {R"({"type":"string","enum":["a", 1]})", {"\"a\""}, {"1"}},
       {R"({"enum":[1,5,9],"minimum":3})", {"5", "9"}, {"1"}},
       {R"({"const":"x\"y\\"})", {R"("x\"y\\")"}, {"\"x\""}}});
}

TEST(Schema, Objects) {
  expect_all({
      {R"({"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"boolean"},"c":{"type":"null"}},"required":["b"]})",
       {R"({"b":true})", R"({"a":1,"b":true})", R"({"a": 1, "b": false, "c": null})",
        R"({"b":true,"c":null})"},
       {"{}", R"({"a":1})", R"({"b":true,"a":1})", R"({"b":true,"d":1})", R"({"a":1,,"b":true})",
        R"({"b":1})"}},
      {R"({"properties":{"a":{"type":"integer"},"b":{"type":"integer"}}})",
       {"{}", R"({"a":1})", R"({"b":1})", R"({"a":1,"b":2})"},
       {R"({"b":1,"a":1})", R"({,"a":1})", R"({"a":1,})"}},
      {R"({"type":"object","properties":{"ab":{"type":"integer"}},"additionalProperties":{"type":"string"}})",
       {"{}", R"({"ab":1})", R"({"ab":1,"a":"x","abc":"y"})", R"({"x":"1","":"2"})"},
       {R"({"ab":"x"})", R"({"ab":1,"ab":"x"})", R"({"x":1})"}},
      {R"({"type":"object","required":["z"],"additionalProperties":{"type":"integer"}})",
       {R"({"z":1})", R"({"z":1,"y":2})"},
       {"{}", R"({"y":2})", R"({"z":"1"})"}},
      {R"({"type":"object","properties":{},"additionalProperties":false})", {"{}", "{ }"}, {R"({"a":1})"}},
      {R"({"type":"object","minProperties":1})", {R"({"a":1})"}, {"{}"}},
      {R"({"properties":{"a/\"b":{"const":1}},"required":["a/\"b"]})", {R"({"a/\"b":1})"}, {"{}"}},
  });
}

TEST(Schema, Arrays) {
  expect_all({
      {R"({"type":"array","items":{"type":"integer"}})",
       {"[]", "[1]", "[1, 2,3]"},
       {"[1,]", "[\"a\"]", "[,1]"}},
      {R"({"type":"array","items":{"type":"integer"},"minItems":2,"maxItems":3})",
       {"[1,2]", "[1,2,3]"},
       {"[]", "[1]", "[1,2,3,4]"}},
      {R"({"items":{"type":"integer"},"maxItems":0})", {"[]"}, {"[1]"}},
      {R"({"prefixItems":[{"type":"integer"},{"type":"string"}],"items":{"type":"null"},"minItems":1})",
       {"[1]", "[1,\"a\"]", "[1,\"a\",null,null]"},
       {"[]", "[\"a\"]", "[1,null]", "[1,\"a\",2]"}},
      {R"({"prefixItems":[{"type":"integer"},{"type":"string"}],"items":false})",
       {"[]", "[1]", "[1,\"a\"]"},
       {"[1,\"a\",1]"}},
      {R"({"prefixItems":[{"const":1}],"items":{"const":2},"minItems":3,"maxItems":4})",
       {"[1,2,2]", "[1,2,2,2]"},
       {"[1,2]", "[1,2,2,2,2]"}},
      {R"({"type":"array","items":[{"const":1}],"additionalItems":{"const":2}})", {"[1,2,2]"}, {"[2]"}},
  });
}

TEST(Schema, Strings) {
  expect_all({
      {R"({"type":"string","minLength":2,"maxLength":3})",
       {"\"ab\"", "\"é漢😀\"", "\"\\n\\u00e9\""},
       {"\"a\"", "\"abcd\""}},
      {R"({"type":"string","pattern":"^[a-c]+\\d{2}$"})",
       {"\"a12\"", "\"abc00\""},
       {"\"12\"", "\"d12\"", "\"a1\"", "\"a123\""}},
      {R"({"type":"string","format":"date"})",
       {"\"2024-02-28\"", "\"1999-12-31\""},
       {"\"2024-02-30\"", "\"2024-13-01\"", "\"2024-04-31\"", "\"24-1-1\""}},
      {R"({"type":"string","format":"time"})",
       {"\"23:59:59Z\"", "\"00:00:00.25+09:00\""},
       {"\"24:00:00Z\"", "\"1:00:00Z\"", "\"10:00:00\""}},
      {R"({"type":"string","format":"date-time"})",
       {"\"2024-01-31T23:59:59Z\""},
       {"\"2024-01-31\"", "\"2024-01-31 23:59:59Z\""}},
      {R"({"type":"string","format":"uuid"})",
       {"\"0123abcd-0000-1111-2222-0123456789ab\""},
       {"\"0123abcd-0000-1111-2222-0123456789a\""}},
      {R"({"type":"string","format":"ipv4"})",
       {"\"0.25.199.255\""},
       {"\"256.1.1.1\"", "\"1.1.1\"", "\"01.1.1.1\""}},
      {R"({"type":"string","format":"email"})", {"\"a.b@c-d.org\""}, {"\"a@b\"", "\"@b.c\""}},
      {R"({"type":"string","format":"of the house"})", {"\"anything\""}, {"1"}},
  });
}

TEST(Schema, BranchesReferencesAndMerging) {
  expect_all({
      {R"({"anyOf":[{"type":"integer"},{"type":"string","maxLength":1}]})",
       {"1", "\"a\""},
       {"\"ab\"", "null"}},
      {R"({"type":"object","properties":{"k":{"type":"string"}},"required":["k"],"oneOf":[{"properties":{"k":{"const":"a"},"v":{"const":1}}},{"properties":{"k":{"const":"b"}}}]})",
       {R"({"k":"a"})", R"({"k":"a","v":1})", R"({"k":"b"})"},
       {R"({"k":"c"})", R"({"k":"b","v":1})", "{}"}},
      {R"({"allOf":[{"type":["integer","string"]},{"minimum":3},{"type":"integer","maximum":5}]})",
       {"3", "5"},
       {"2", "6", "\"a\""}},
      {R"({"allOf":[{"properties":{"a":{"type":"integer"}},"required":["a"]},{"properties":{"b":{"type":"integer"}},"required":["b"]}],"type":"object"})",
       {R"({"a":1,"b":2})"},
       {R"({"a":1})", R"({"b":2})"}},
      {R"({"$ref":"#/$defs/tree","$defs":{"tree":{"type":"object","properties":{"v":{"type":"integer"},"kids":{"type":"array","items":{"$ref":"#/$defs/tree"}}},"required":["v"]}}})",
       {R"({"v":1})", R"({"v":1,"kids":[{"v":2,"kids":[]},{"v":3}]})"},
       {R"({"v":1,"kids":[{}]})", R"({"kids":[]})"}},
      {R"({"definitions":{"a b~/":{"const":1}},"properties":{"x":{"$ref":"#/definitions/a%20b~0~1"}},"required":["x"]})",
       {R"({"x":1})"},
       {R"({"x":2})"}},
      {R"({"$defs":{"n":{"type":"integer"}},"properties":{"x":{"$ref":"#/$defs/n","minimum":5}},"required":["x"]})",
       {R"({"x":5})"},
       {R"({"x":4})"}},
      {R"({"type":["object","null"],"properties":{"next":{"$ref":"#"}},"required":["next"]})",
       {"null", R"({"next":{"next":null}})"},
       {"{}", R"({"next":1})"}},
      {R"({"anyOf":[false,{"const":1}]})", {"1"}, {"2"}},
      {R"({"type":"object","properties":{"a":{"type":"string","minLength":3,"maxLength":2},"b":{"const":1}}})",
       {"{}", R"({"b":1})"},
       {R"({"a":"xx"})"}},
  });
}

// bad-inputs 46 and 47.
TEST(Schema, WhatCannotBeKeptIsRefused) {
  const auto refused = [](std::string_view schema, std::string_view reason) {
    const std::string error = schema_error(schema);
    EXPECT_NE(error.find(reason), std::string::npos) << schema << ": " << error;
  };
  refused("", "not valid JSON");
  refused("{\"type\":}", "not valid JSON");
  refused("[]", "a schema is an object");
  refused(R"({"type":"text"})", "'text' is not known");
  refused(R"({"type":5})", "not a string");
  refused(R"({"not":{}})", "'not'");
  refused(R"({"items":{"patternProperties":{}}})", "'patternProperties'");
  refused(R"({"type":"array","uniqueItems":true})", "'uniqueItems'");
  refused(R"({"type":"number","multipleOf":0.1})", "'multipleOf'");
  refused(R"({"type":"string","pattern":"(?=a)b"})", "look-around");
  refused(R"({"type":"string","pattern":"(a)\\1"})", "'\\1'");
  refused(R"({"type":"string","pattern":"a","minLength":3})", "length together");
  refused(R"({"type":"string","minLength":-1})", "minLength");
  refused(R"({"type":"array","maxItems":1000000000})", "more than");
  refused(R"({"$ref":"https://example.org/schema.json"})", "nothing is fetched");
  refused(R"({"$ref":"other.json#/a"})", "nothing is fetched");
  refused(R"({"$ref":"file:///etc/passwd"})", "nothing is fetched");
  refused(R"({"$ref":"#/$defs/none"})", "leads nowhere");
  refused(R"({"$ref":"#anchor"})", "no path");
  std::string deep;
  for (int i = 0; i < 10000; ++i) deep += R"({"items":)";
  refused(deep + "true" + std::string(10000, '}'), "nested more than");
  std::string nested = "{}";
  for (int i = 0; i < 90; ++i) nested = R"({"items":)" + nested + "}";
  refused(nested, "nested more than");
  refused(R"({"allOf":[{"$ref":"#"}]})", "circle");
  // Thousands of parts by references within references.
  std::string doubling = R"({"$defs":{"d0":{"type":"null"})";
  for (int i = 1; i < 40; ++i) {
    doubling += fmt::format(
        R"(,"d{0}":{{"anyOf":[{{"$ref":"#/$defs/d{1}","title":"a","minimum":{0}}},{{"$ref":"#/$defs/d{1}","minimum":1}}]}})",
        i, i - 1);
  }
  EXPECT_NE(schema_error(doubling + R"(},"$ref":"#/$defs/d39"})"), "");
  // Without backtracking this is nothing special.
  EXPECT_TRUE(matches(schema_grammar(R"({"type":"string","pattern":"^(a+)+$"})"),
                      "\"" + std::string(5000, 'a') + "\""));
  refused(R"({"type":"string","pattern":"^(a|b)*a(a|b){24}$"})", "states");
}

TEST(Schema, WhatNothingCanMatchIsRefusedUpFront) {
  for (const char* schema :
       {"false", R"({"enum":[]})", R"({"allOf":[{"type":"string"},{"type":"integer"}]})",
        R"({"type":"string","minLength":3,"maxLength":2})", R"({"type":"integer","minimum":3,"maximum":2})",
        R"({"type":"array","minItems":3,"maxItems":2})", R"({"const":1,"type":"string"})",
        R"({"properties":{"a":false},"required":["a"]})", R"({"$ref":"#"})", R"({"anyOf":[]})",
        R"({"type":"object","properties":{"next":{"$ref":"#"}},"required":["next"]})",
        R"({"type":"array","items":false,"minItems":1})",
        R"({"type":"number","minimum":1,"exclusiveMaximum":1})"}) {
    EXPECT_NE(schema_error(schema).find("no text matches"), std::string::npos) << schema;
  }
}

}  // namespace
}  // namespace nagare

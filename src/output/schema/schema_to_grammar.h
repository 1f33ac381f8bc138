// JSON Schema (draft 2020-12, and what draft-07 calls differently) to a grammar's text: what then matches is
// JSON that the schema accepts. The other way round not everything that the schema accepts can be said:
// objects have their properties in the schema's order, numbers at most 16 digits, and white space is at most
// one line break with up to 16 spaces.
//
// Known: type, enum, const, properties, required, additionalProperties, items, prefixItems, minItems,
// maxItems, minLength, maxLength, pattern, format (date, time, date-time, uuid, ipv4, email, hostname; others
// are notes), minimum, maximum, exclusiveMinimum, exclusiveMaximum, anyOf, oneOf (as anyOf), allOf, $ref
// within the document, nullable. A keyword that would constrain and is not known is an error that names it.
// Properties that are not named are allowed where additionalProperties says so or where the schema names none
// at all.
//
// Nothing is ever fetched.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace nagare {

// What a schema may ask for.
inline constexpr size_t kMostSchemaBytes = 1 << 20;
inline constexpr int kMostJsonDepth = 200;     // of brackets in its text
inline constexpr int kMostSchemaDepth = 64;    // of schemas in schemas, references between included
inline constexpr int kMostSchemaParts = 5000;  // schemas visited

Result<std::string> schema_to_grammar(std::string_view schema_json);

}  // namespace nagare

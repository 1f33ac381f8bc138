// What forms an answer: grammars and schemas, and the options of samplers that are words of a vocabulary.
// `apps` come here for them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/text_session.h"

namespace nagare {

// A grammar from its text (output/grammar/grammar_parser.h has the form), from a JSON schema, or any JSON
// object.
Result<std::shared_ptr<const Grammar>> grammar_from_text(std::string_view text);
Result<std::shared_ptr<const Grammar>> grammar_from_schema(std::string_view schema_json);
Result<std::shared_ptr<const Grammar>> json_object_grammar();

// "15043:-5", "hello:+2.5": a token by its number, or a text that is exactly one token.
Result<TokenBias> parse_token_bias(const TextModel& model, std::string_view argument);

// The tokens that have one of the texts in them: what DRY takes for breakers.
std::vector<int32_t> tokens_with(const Vocab& vocab, std::span<const std::string> texts);

}  // namespace nagare

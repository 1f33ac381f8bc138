#include "engine/answer_form.h"

#include <algorithm>
#include <charconv>

#include "base/printable.h"
#include "output/schema/schema_to_grammar.h"

namespace nagare {
namespace {

// The whole of `text` as a number.
template <class T>
bool parse_number(std::string_view text, T& number) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<std::shared_ptr<const Grammar>> grammar_from_text(std::string_view text) {
  ASSIGN_OR_RETURN(Grammar grammar, Grammar::parse(text));
  return std::make_shared<const Grammar>(std::move(grammar));
}

Result<std::shared_ptr<const Grammar>> grammar_from_schema(std::string_view schema_json) {
  ASSIGN_OR_RETURN(const std::string text, schema_to_grammar(schema_json));
  auto grammar = Grammar::parse(text);
  if (grammar) return std::make_shared<const Grammar>(std::move(*grammar));
  // Its lines mean nothing to whoever wrote the schema.
  if (grammar.error().message == kNoTextMatches) return bad_input("schema: no value can match it");
  return bad_input("schema: as a grammar it is refused: {}", grammar.error().message);
}

Result<std::shared_ptr<const Grammar>> json_object_grammar() {
  return grammar_from_schema(R"({"type":"object"})");
}

Result<TokenBias> parse_token_bias(const TextModel& model, std::string_view argument) {
  const size_t colon = argument.rfind(':');
  TokenBias bias;
  if (colon == std::string_view::npos || colon == 0 || !parse_number(argument.substr(colon + 1), bias.bias)) {
    return bad_input("logit bias '{}': write TOKEN:VALUE, as in 15043:-5 or hello:2.5", printable(argument));
  }
  const std::string_view token = argument.substr(0, colon);
  if (parse_number(token, bias.token)) {
    if (model.vocab().contains(bias.token)) return bias;
    return bad_input("logit bias: there is no token {}; the vocabulary has {}", bias.token,
                     model.vocab().size());
  }
  ASSIGN_OR_RETURN(const auto ids, model.tokenizer().encode(token, {.parse_special = true}));
  if (ids.size() != 1) {
    return bad_input("logit bias: '{}' is {} tokens; name one, by its number if need be", printable(token),
                     ids.size());
  }
  bias.token = ids[0];
  return bias;
}

std::vector<int32_t> tokens_with(const Vocab& vocab, std::span<const std::string> texts) {
  std::vector<int32_t> ids;
  for (int32_t id = 0; id < vocab.size(); ++id) {
    const bool has_one = std::ranges::any_of(texts, [&](const std::string& text) {
      return !text.empty() && vocab.piece(id).find(text) != std::string_view::npos;
    });
    if (has_one) ids.push_back(id);
  }
  return ids;
}

}  // namespace nagare

// The tokens of a conversation: the template's text, in which only the template's own parts may be control
// tokens.
#include <nlohmann/json.hpp>

#include "engine/text_session.h"

namespace nagare {
namespace {

std::string token_text(const Vocab& vocab, int32_t id) {
  return vocab.contains(id) ? std::string(vocab.text(id)) : std::string();
}

Result<chat_template::RenderedPrompt> render(const TextModel& model,
                                             const std::vector<ChatMessage>& messages) {
  nlohmann::ordered_json input;
  input["messages"] = nlohmann::ordered_json::array();
  for (const ChatMessage& message : messages) {
    std::string role, content;
    input["messages"].push_back({{"role", replace_invalid_utf8(message.role, role)},
                                 {"content", replace_invalid_utf8(message.content, content)}});
  }
  input["add_generation_prompt"] = true;
  input["bos_token"] = token_text(model.vocab(), model.vocab().special().bos);
  input["eos_token"] = token_text(model.vocab(), model.vocab().special().eos);
  ASSIGN_OR_RETURN(const auto variables, chat_template::TemplateInput::from_json(input));
  return model.chat_template()->render_marked(variables);
}

}  // namespace

Result<std::vector<int32_t>> TextSession::chat_tokens(const std::vector<ChatMessage>& messages) const {
  if (model_.chat_template() == nullptr) {
    return bad_input("the model brings no chat template; give the prompt as it is with --raw");
  }
  const TraceScope scope(model_.tracer(), prepare_label_);
  ASSIGN_OR_RETURN(const auto prompt, render(model_, messages));
  std::string text;
  std::vector<TextRange> plain;
  for (const auto& segment : prompt.segments) {
    if (!segment.from_template) plain.push_back({text.size(), text.size() + segment.text.size()});
    text += segment.text;
  }
  // Templates that begin with bos write it themselves.
  const int32_t bos = model_.vocab().special().bos;
  const bool has_bos = model_.vocab().contains(bos) && text.starts_with(model_.vocab().text(bos));
  return model_.tokenizer().encode(
      text, {.parse_special = true, .add_bos = model_.vocab().rules().add_bos && !has_bos, .plain = plain});
}

}  // namespace nagare

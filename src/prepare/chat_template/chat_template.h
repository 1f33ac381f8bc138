// Chat templates: the Jinja programs in model files that turn a conversation into the text a model was
// trained on. Our own subset of Jinja2, as Hugging Face's transformers runs it: byte for byte what Jinja2's
// immutable sandbox prints, or an error.
//
// A template is as hostile as any file: parsing and rendering are bounded (budget.h), reach no file and no
// clock but the given one, and end in an error, never in a crash. Text that a user typed is kept apart from
// the template's own, so that only the template can produce control tokens: see RenderedPrompt.
//
// Called by engine (sessions) and, through it, by the command line and the server.
#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prepare/chat_template/budget.h"

namespace nagare::chat_template {

struct Dict;
struct Template;

// What a template is rendered with: an object with `messages`, and optionally `tools`, `documents`,
// `add_generation_prompt` (then false is the default, as in Jinja2: undefined), `bos_token`, `eos_token`,
// `unk_token`, `pad_token`, and any other variable the template knows (`enable_thinking`, …). `strftime_now`,
// where given, is the date and time of strftime_now() ("2026-01-02T03:04:05"), which is otherwise the
// clock's.
//
// What counts as the template's own among it: the special tokens, and the role of a message where it is one
// of the usual ones. Every other string is the user's.
class TemplateInput {
 public:
  static Result<TemplateInput> from_json(const nlohmann::ordered_json& object);
  // Reads JSON text; the last of equal keys wins. Linear in its size.
  static Result<TemplateInput> parse(std::string_view json_text);

 private:
  friend class ChatTemplate;
  std::shared_ptr<const Dict> variables_;
  std::optional<std::chrono::local_seconds> now_;
};

// A piece of a prompt that came from one side only.
struct PromptSegment {
  std::string text;
  // From the template (or the program): control tokens in it are meant. Otherwise user text, to be tokenised
  // as plain text whatever it looks like.
  bool from_template = true;
};

struct RenderedPrompt {
  std::vector<PromptSegment> segments;  // neighbours differ in from_template
  std::string text() const;             // all of it
};

class ChatTemplate {
 public:
  // `name` stands in the error messages: the file, or the model's template.
  static Result<ChatTemplate> parse(std::string_view source, std::string_view name);

  Result<std::string> render(const TemplateInput& input, const Budget& budget = {}) const;
  Result<RenderedPrompt> render_marked(const TemplateInput& input, const Budget& budget = {}) const;

 private:
  std::string name_;
  std::shared_ptr<const Template> template_;
};

// The whole of `nagare template`: the source of a template and a messages file, to the prompt's text.
Result<std::string> render_messages_file(std::string_view template_source, std::string_view template_name,
                                         std::string_view messages_json);

}  // namespace nagare::chat_template

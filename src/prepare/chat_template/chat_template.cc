#include "prepare/chat_template/chat_template.h"

#include "prepare/chat_template/date_format.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/json_reader.h"
#include "prepare/chat_template/parser.h"
#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {
namespace {

constexpr size_t kMaxSourceBytes = 4ull << 20;

// One line, whatever stood in the message.
std::string on_one_line(std::string_view message) {
  std::string line;
  for (const char c : message) {
    const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    line.push_back(is_control ? ' ' : c);
  }
  constexpr size_t kMaxBytes = 2'000;
  if (line.size() > kMaxBytes) line = line.substr(0, kMaxBytes) + "…";
  return line;
}

std::string located(std::string_view name, uint32_t line, std::string_view message) {
  return on_one_line(fmt::format("template '{}', line {}: {}", name, line, message));
}

Result<std::optional<LocalTime>> read_clock(const Dict& variables) {
  const Value* clock = variables.find("strftime_now");
  if (clock == nullptr) return std::nullopt;
  if (!clock->is_string())
    return bad_input("strftime_now: needs a date and time like \"2026-01-02T03:04:05\"");
  ASSIGN_OR_RETURN(const LocalTime time, parse_date(clock->view()));
  return time;
}

// Without the clock, which is no variable: strftime_now stays the function.
std::shared_ptr<const Dict> without_clock(const Dict& variables) {
  std::vector<Dict::Entry> entries;
  for (const auto& entry : variables.entries) {
    if (entry.first.view() != "strftime_now") entries.push_back(entry);
  }
  return std::make_shared<const Dict>(std::move(entries));
}

}  // namespace

Result<TemplateInput> TemplateInput::from_json(const nlohmann::ordered_json& object) {
  ASSIGN_OR_RETURN(const Value root, value_of_json(object));
  TemplateInput input;
  ASSIGN_OR_RETURN(input.now_, read_clock(root.dict()));
  input.variables_ = without_clock(root.dict());
  return input;
}

Result<TemplateInput> TemplateInput::parse(std::string_view json_text) {
  ASSIGN_OR_RETURN(const Value root, read_json(json_text));
  TemplateInput input;
  ASSIGN_OR_RETURN(input.now_, read_clock(root.dict()));
  input.variables_ = without_clock(root.dict());
  return input;
}

std::string RenderedPrompt::text() const {
  std::string all;
  for (const PromptSegment& segment : segments) all += segment.text;
  return all;
}

Result<ChatTemplate> ChatTemplate::parse(std::string_view source, std::string_view name) {
  if (source.size() > kMaxSourceBytes) {
    return bad_input("template '{}': {} bytes; at most {} are read", on_one_line(name), source.size(),
                     kMaxSourceBytes);
  }
  if (!is_valid_utf8(source)) return bad_input("template '{}': it is not UTF-8 text", on_one_line(name));
  auto parsed = parse_template(source);
  if (!parsed) return bad_input("{}", located(name, parsed.error().line, parsed.error().message));
  ChatTemplate result;
  result.name_ = name;
  result.template_ = std::make_shared<const Template>(std::move(*parsed));
  return result;
}

Result<RenderedPrompt> ChatTemplate::render_marked(const TemplateInput& input, const Budget& budget) const {
  Evaluator evaluator(*template_, *input.variables_, budget, input.now_);
  auto text = evaluator.run();
  if (!text)
    return std::unexpected(Error{text.error().kind, located(name_, evaluator.line(), text.error().message)});
  RenderedPrompt prompt;
  text->for_each_part([&](std::string_view part, Origin origin) {
    prompt.segments.push_back({std::string(part), origin == Origin::kTemplate});
  });
  return prompt;
}

Result<std::string> ChatTemplate::render(const TemplateInput& input, const Budget& budget) const {
  Evaluator evaluator(*template_, *input.variables_, budget, input.now_);
  auto text = evaluator.run();
  if (!text)
    return std::unexpected(Error{text.error().kind, located(name_, evaluator.line(), text.error().message)});
  return std::move(*text).take_bytes();
}

Result<std::string> render_messages_file(std::string_view template_source, std::string_view template_name,
                                         std::string_view messages_json) {
  ASSIGN_OR_RETURN(const ChatTemplate chat_template, ChatTemplate::parse(template_source, template_name));
  ASSIGN_OR_RETURN(const TemplateInput input, TemplateInput::parse(messages_json));
  return chat_template.render(input);
}

}  // namespace nagare::chat_template

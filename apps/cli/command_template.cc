// `nagare template MODEL|FILE.jinja --messages F.json`: the text that a chat template makes, and nothing
// else.
#include <memory>

#include "commands.h"
#include "engine/template_file.h"
#include "read_input.h"
#include "standard_output.h"

namespace nagare::cli {
namespace {

struct TemplateArguments {
  std::string path;
  std::string messages;
};

Status run(const TemplateArguments& arguments) {
  ASSIGN_OR_RETURN(const std::string input, read_input(arguments.messages));
  ASSIGN_OR_RETURN(const std::string text, render_template_file(arguments.path, input));
  return write_out(text);
}

constexpr const char* kExamples = R"(The messages file is an object:
  {"messages": [{"role": "user", "content": "Hello"}], "add_generation_prompt": true}
and may have tools, bos_token, eos_token, unk_token, pad_token, strftime_now ("2026-01-02T03:04:05") and any
other variable that the template knows.

Examples:
  nagare template model.gguf --messages chat.json
  nagare template qwen.jinja --messages - < chat.json)";

}  // namespace

void add_template(CLI::App& app, Chosen& chosen) {
  auto arguments = std::make_shared<TemplateArguments>();
  CLI::App* command = app.add_subcommand("template", "prints what a chat template makes of messages");
  command
      ->add_option("template", arguments->path, "a model file (GGUF) that brings a template, or a Jinja file")
      ->required();
  command
      ->add_option("--messages", arguments->messages, "a JSON file with the conversation (-: standard input)")
      ->required();
  command->footer(kExamples);
  command->callback([arguments, &chosen] { chosen.run = [arguments] { return run(*arguments); }; });
}

}  // namespace nagare::cli

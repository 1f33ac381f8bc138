// `nagare completion SHELL` and `nagare man`: the command line described to shells and to man, from the
// parser's own description of it.
#include <memory>

#include "commands.h"
#include "completion.h"
#include "man_page.h"
#include "standard_output.h"

namespace nagare::cli {
namespace {

constexpr const char* kProgram = "nagare";

Status complete(const CLI::App& app, const std::string& shell) {
  const ProgramDescription program = describe_program(app, kProgram);
  if (shell == "bash") return write_out(bash_completion(program));
  return write_out(shell == "zsh" ? zsh_completion(program) : fish_completion(program));
}

constexpr const char* kExamples = R"(Examples:
  source <(nagare completion bash)
  nagare completion zsh > ~/.zfunc/_nagare
  nagare completion fish > ~/.config/fish/completions/nagare.fish)";

}  // namespace

void add_completion(CLI::App& app, Chosen& chosen) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "prints a script that completes this command line");
  command->add_option("shell", *shell, "the shell that is to read it")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer(kExamples);
  command->callback([shell, &app, &chosen] { chosen.run = [shell, &app] { return complete(app, *shell); }; });
}

void add_man(CLI::App& app, Chosen& chosen) {
  CLI::App* command = app.add_subcommand("man", "prints the manual page");
  command->footer("Examples:\n  nagare man > nagare.1\n  nagare man | man -l -");
  command->callback([&app, &chosen] {
    chosen.run = [&app] { return write_out(man_page(describe_program(app, kProgram), NAGARE_VERSION)); };
  });
}

}  // namespace nagare::cli

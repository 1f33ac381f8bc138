#include "parse_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/printable.h"
#include "suggestion.h"

namespace nagare::cli {
namespace {

const CLI::App& chosen_command(const CLI::App& app) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  return chosen.empty() ? app : *chosen.front();
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string unexpected_word(const CLI::App& app, const std::string& word) {
  const CLI::App& command = chosen_command(app);
  const bool is_option = word.starts_with('-');
  const bool is_command = !is_option && &command == &app;
  const std::string option = word.substr(0, word.find('='));
  const std::string meant = is_option    ? nearest(option, option_names(command))
                            : is_command ? nearest(word, command_names(app))
                                         : "";
  const std::string_view kind = is_option ? "option" : is_command ? "command" : "argument";
  const std::string help = &command == &app ? "nagare --help" : "nagare " + command.get_name() + " --help";
  return fmt::format("there is no {} '{}' here; {}", kind, printable(option, 60),
                     meant.empty() ? "see " + help : fmt::format("did you mean {}?", meant));
}

}  // namespace

std::string describe(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> rest = app.remaining(true);
  const bool unexpected = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  if (unexpected && !rest.empty()) return unexpected_word(app, rest.front());
  const CLI::App& command = chosen_command(app);
  std::string line = error.what();
  std::replace(line.begin(), line.end(), '\n', ' ');
  return fmt::format("{}; see nagare {}--help", line, &command == &app ? "" : command.get_name() + " ");
}

std::string help_text(const CLI::App& app, const CLI::Success& asked) {
  if (dynamic_cast<const CLI::CallForVersion*>(&asked) != nullptr) return fmt::format("{}\n", asked.what());
  return app.help();
}

}  // namespace nagare::cli

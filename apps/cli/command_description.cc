#include "command_description.h"

#include <algorithm>

namespace nagare::cli {
namespace {

// The words of CLI11's "TEXT:{off,quick,full}".
std::vector<std::string> choices_of(const std::string& type) {
  const size_t open = type.find('{'), close = type.rfind('}');
  std::vector<std::string> choices;
  if (open == std::string::npos || close == std::string::npos || close < open) return choices;
  const std::string list = type.substr(open + 1, close - open - 1) + ',';
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = list.find(',', begin);
    choices.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return choices;
}

OptionDescription describe(const CLI::Option& option) {
  OptionDescription described{.names = {},
                              .description = option.get_description(),
                              .choices = choices_of(option.get_type_name()),
                              .is_positional = !option.nonpositional(),
                              .takes_value = option.get_items_expected_max() > 0,
                              .takes_many = option.get_items_expected_max() > 1,
                              .is_required = option.get_required()};
  if (described.is_positional) {
    described.names.push_back(option.get_single_name());
    return described;
  }
  described.names.reserve(option.get_lnames().size() + option.get_snames().size());
  for (const std::string& name : option.get_lnames()) described.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) described.names.push_back("-" + name);
  return described;
}

CommandDescription describe_command(const CLI::App& command) {
  CommandDescription described{.name = command.get_name(),
                               .description = command.get_description(),
                               .examples = command.get_footer(),
                               .options = {}};
  for (const CLI::Option* option : command.get_options()) {
    // An option in the group "" is hidden from help.
    if (!option->get_group().empty()) described.options.push_back(describe(*option));
  }
  std::stable_partition(described.options.begin(), described.options.end(),
                        [](const OptionDescription& option) { return option.is_positional; });
  return described;
}

}  // namespace

ProgramDescription describe_program(const CLI::App& app, const std::string& name) {
  ProgramDescription program{.name = name, .top = describe_command(app), .commands = {}};
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) program.commands.push_back(describe_command(*command));
  }
  return program;
}

}  // namespace nagare::cli

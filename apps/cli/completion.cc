#include "completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

namespace nagare::cli {
namespace {

// In single quotes, for every shell: fish also reads \' and \\ there.
std::string shell_word(std::string_view text, bool is_fish = false) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += is_fish ? "\\'" : "'\\''";
    } else if (c == '\\' && is_fish) {
      out += "\\\\";
    } else {
      out += c;
    }
  }
  return out + "'";
}

// Names of options, space by space, of those that `keep` takes.
template <class Keep>
std::string names_of(const CommandDescription& command, const char* between, const Keep& keep) {
  std::string names;
  for (const OptionDescription& option : command.options) {
    if (option.is_positional || !keep(option)) continue;
    for (const std::string& name : option.names) names += (names.empty() ? "" : between) + name;
  }
  return names;
}

// The cases of one command's `case $previous in …`: options with a fixed list of words, and those that take
// anything, which is offered as files.
std::string bash_values(const CommandDescription& command) {
  std::string cases;
  for (const OptionDescription& option : command.options) {
    if (option.is_positional || option.choices.empty()) continue;
    cases += fmt::format("        {}) COMPREPLY=($(compgen -W {} -- \"$current\")); return ;;\n",
                         fmt::join(option.names, "|"),
                         shell_word(fmt::format("{}", fmt::join(option.choices, " "))));
  }
  const std::string free = names_of(command, "|", [](const OptionDescription& option) {
    return option.takes_value && option.choices.empty();
  });
  if (!free.empty())
    cases += fmt::format("        {}) COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n", free);
  return cases;
}

// The words that the first positional with a fixed list takes ("bash zsh fish").
std::string positional_choices(const CommandDescription& command) {
  for (const OptionDescription& option : command.options) {
    if (option.is_positional && !option.choices.empty())
      return fmt::format("{}", fmt::join(option.choices, " "));
  }
  return {};
}

// "name[description]:value:completer" for zsh's _arguments; characters with a meaning there are escaped.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_values(const OptionDescription& option) {
  if (option.choices.empty()) return ":value:_files";
  return fmt::format(":value:({})", fmt::join(option.choices, " "));
}

std::string zsh_option(const OptionDescription& option) {
  if (option.is_positional) {
    return fmt::format(" \\\n        {}",
                       shell_word(fmt::format("{}:{}{}", option.takes_many ? "*" : "",
                                              zsh_text(option.names[0]), zsh_values(option).substr(6))));
  }
  std::string specs;
  for (const std::string& name : option.names) {
    specs += fmt::format(
        " \\\n        {}",
        shell_word(fmt::format("{}{}[{}]{}", option.takes_many ? "*" : "", name, zsh_text(option.description),
                               option.takes_value ? zsh_values(option) : "")));
  }
  return specs;
}

std::string fish_option(const std::string& program, const std::string& condition,
                        const OptionDescription& option) {
  std::string line = fmt::format("complete -c {} -n {}", program, shell_word(condition, true));
  if (option.is_positional) {
    if (option.choices.empty()) return {};
    return line +
           fmt::format(" -f -a {}\n", shell_word(fmt::format("{}", fmt::join(option.choices, " ")), true));
  }
  for (const std::string& name : option.names) {
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (!option.choices.empty()) {
    line += fmt::format(" -x -a {}", shell_word(fmt::format("{}", fmt::join(option.choices, " ")), true));
  } else if (option.takes_value) {
    line += " -r -F";
  }
  return line + fmt::format(" -d {}\n", shell_word(option.description, true));
}

}  // namespace

std::string bash_completion(const ProgramDescription& program) {
  const auto every = [](const OptionDescription&) { return true; };
  std::string commands;
  for (const CommandDescription& command : program.commands)
    commands += (commands.empty() ? "" : " ") + command.name;
  std::string out = fmt::format(R"(# bash completion for {0}: source <({0} completion bash)
_{0}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} command='' word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case $word in -*) ;; *) command=$word; break ;; esac
  done
  COMPREPLY=()
  case $command in
    '') COMPREPLY=($(compgen -W '{1} {2}' -- "$current")); return ;;
)",
                                program.name, commands, names_of(program.top, " ", every));
  for (const CommandDescription& command : program.commands) {
    out += fmt::format("    {})\n", command.name);
    const std::string values = bash_values(command);
    if (!values.empty()) out += fmt::format("      case $previous in\n{}      esac\n", values);
    out += fmt::format(
        "      if [[ $current == -* ]]; then COMPREPLY=($(compgen -W '{}' -- \"$current\")); return; fi\n",
        names_of(command, " ", every));
    const std::string choices = positional_choices(command);
    out += choices.empty()
               ? "      COMPREPLY=($(compgen -f -- \"$current\")) ;;\n"
               : fmt::format("      COMPREPLY=($(compgen -W '{}' -- \"$current\")) ;;\n", choices);
  }
  return out + fmt::format("  esac\n}}\ncomplete -o filenames -F _{0} {0}\n", program.name);
}

std::string zsh_completion(const ProgramDescription& program) {
  std::string out = fmt::format(
      "#compdef {0}\n# zsh completion for {0}: put this file into a folder of $fpath "
      "as _{0}\n_{0}() {{\n  local -a commands\n  commands=(\n",
      program.name);
  for (const CommandDescription& command : program.commands) {
    out += fmt::format("    {}\n", shell_word(zsh_text(command.name) + ":" + zsh_text(command.description)));
  }
  out += "  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    _arguments";
  for (const OptionDescription& option : program.top.options) out += zsh_option(option);
  out +=
      "\n    return\n  fi\n  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n";
  for (const CommandDescription& command : program.commands) {
    out += fmt::format("    {})\n      _arguments", command.name);
    for (const OptionDescription& option : command.options) out += zsh_option(option);
    out += " ;;\n";
  }
  return out + fmt::format("  esac\n}}\n_{0} \"$@\"\n", program.name);
}

std::string fish_completion(const ProgramDescription& program) {
  std::string out =
      fmt::format("# fish completion for {0}: ~/.config/fish/completions/{0}.fish\n", program.name);
  for (const CommandDescription& command : program.commands) {
    out += fmt::format("complete -c {} -f -n __fish_use_subcommand -a {} -d {}\n", program.name, command.name,
                       shell_word(command.description, true));
  }
  for (const OptionDescription& option : program.top.options) {
    out += fish_option(program.name, "__fish_use_subcommand", option);
  }
  for (const CommandDescription& command : program.commands) {
    for (const OptionDescription& option : command.options) {
      out += fish_option(program.name, "__fish_seen_subcommand_from " + command.name, option);
    }
  }
  return out;
}

}  // namespace nagare::cli

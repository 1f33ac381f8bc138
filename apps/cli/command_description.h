// The command line as plain data, read out of the parser: what the completion scripts and the manual page are
// written from, so that neither can differ from what the program takes.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace nagare::cli {

struct OptionDescription {
  std::vector<std::string> names;    // "--ctx", "-c"; of an argument without a name: what help calls it
  std::string description;           // one line
  std::vector<std::string> choices;  // the words it takes, where only these are taken
  bool is_positional = false;
  bool takes_value = false;  // false for switches
  bool takes_many = false;   // may be given, or hold, more than one value
  bool is_required = false;
};

struct CommandDescription {
  std::string name;
  std::string description;
  std::string examples;  // what stands below the help; may be several lines
  std::vector<OptionDescription> options;
};

struct ProgramDescription {
  std::string name;
  CommandDescription top;  // the program without a command
  std::vector<CommandDescription> commands;
};

ProgramDescription describe_program(const CLI::App& app, const std::string& name);

}  // namespace nagare::cli

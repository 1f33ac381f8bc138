#include "man_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

namespace nagare::cli {
namespace {

// Text as roff prints it: backslashes and hyphens as they are, and no line that begins like a request.
std::string roff(std::string_view text) {
  std::string out;
  bool at_line_start = true;
  for (const char c : text) {
    if (at_line_start && (c == '.' || c == '\'')) out += "\\&";
    at_line_start = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

// What stands for the value of an option: its words, or VALUE.
std::string value_of(const OptionDescription& option) {
  if (!option.choices.empty()) return fmt::format("{}", fmt::join(option.choices, "|"));
  return "VALUE";
}

std::string entry(const OptionDescription& option) {
  std::string head;
  for (const std::string& name : option.names) {
    head += fmt::format("{}\\fB{}\\fR", head.empty() ? "" : ", ",
                        roff(option.is_positional ? upper(name) : name));
  }
  if (!option.is_positional && option.takes_value) head += fmt::format(" \\fI{}\\fR", roff(value_of(option)));
  if (option.is_positional && !option.choices.empty()) {
    head += fmt::format(" (\\fI{}\\fR)", roff(value_of(option)));
  }
  std::string description = option.description;
  if (!option.is_positional && option.is_required) description += " (required)";
  return fmt::format(".TP\n{}\n{}\n", head, roff(description));
}

std::string synopsis(const std::string& program, const CommandDescription& command) {
  std::string line = fmt::format("\\fB{} {}\\fR", roff(program), roff(command.name));
  for (const OptionDescription& option : command.options) {
    if (option.is_positional) {
      const std::string name = roff(upper(option.names[0]));
      line += option.is_required ? fmt::format(" \\fI{}\\fR", name) : fmt::format(" [\\fI{}\\fR]", name);
    } else if (option.is_required) {
      line += fmt::format(" \\fB{}\\fR \\fI{}\\fR", roff(option.names[0]), roff(value_of(option)));
    }
  }
  return line + " [\\fIOPTIONS\\fR]";
}

std::string examples(const std::string& text) {
  return text.empty() ? std::string() : fmt::format(".PP\n.nf\n{}\n.fi\n", roff(text));
}

}  // namespace

std::string man_page(const ProgramDescription& program, const std::string& version) {
  std::string out = fmt::format(".TH {} 1 \"\" \"{} {}\" \"User Commands\"\n", upper(program.name),
                                program.name, roff(version));
  // The help begins with the name, which stands in front of the dash here.
  const std::string& about = program.top.description;
  const size_t colon = about.find(": ");
  const std::string what =
      about.starts_with(program.name) && colon != std::string::npos ? about.substr(colon + 2) : about;
  out += fmt::format(".SH NAME\n{} \\- {}\n", roff(program.name), roff(what));
  out += fmt::format(".SH SYNOPSIS\n\\fB{}\\fR [\\fICOMMAND\\fR] [\\fIOPTIONS\\fR]\n", roff(program.name));
  for (const CommandDescription& command : program.commands)
    out += fmt::format(".br\n{}\n", synopsis(program.name, command));
  if (!program.top.options.empty()) out += ".SH OPTIONS\n";
  for (const OptionDescription& option : program.top.options) out += entry(option);
  out += examples(program.top.examples);
  out += ".SH COMMANDS\n";
  for (const CommandDescription& command : program.commands) {
    out += fmt::format(".SS {}\n{}\n", roff(command.name), roff(command.description));
    for (const OptionDescription& option : command.options) out += entry(option);
    out += examples(command.examples);
  }
  out +=
      ".SH EXIT STATUS\n"
      "0 where all was done, 2 where the input was bad (a file, an option, a request), 1 where something "
      "else "
      "failed (memory, disk, device).\n"
      ".SH ENVIRONMENT\n"
      ".TP\n\\fBNAGARE_CPU\\fR\ngeneric, avx2 or avx512: the instruction sets to use at most.\n"
      ".TP\n\\fBNAGARE_CACHE\\fR\nthe folder of the measurements (default: $XDG_CACHE_HOME/nagare, else "
      "~/.cache/nagare).\n";
  return out;
}

}  // namespace nagare::cli

// What the parser of the command line has to say, in our words: one line, with what was probably meant.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace nagare::cli {

// The error as one line, without "nagare: ".
std::string describe(const CLI::App& app, const CLI::ParseError& error);

// The text that --help or --version asks for.
std::string help_text(const CLI::App& app, const CLI::Success& asked);

}  // namespace nagare::cli

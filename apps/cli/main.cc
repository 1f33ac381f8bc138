// The program `nagare`: parses the command line, runs one command, turns its error into one line and an exit
// code (2 for bad input, 1 for failure). Results go to stdout, everything else to stderr.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>

#include "commands.h"

int main(int argc, char** argv) {
  using namespace nagare;
  // A reader that goes away (`nagare run … | head`) ends writing with an error, not the process with a
  // signal.
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app{"nagare: runs trained models on this machine, and shows the way the computation took"};
  app.require_subcommand(0, 1);
  cli::Chosen chosen;
  cli::add_run(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool help = error.get_exit_code() == 0;
    app.exit(error);
    return help ? 0 : 2;
  }
  if (!chosen.run) {
    fmt::print(stderr, "{}", app.help());
    return 2;
  }
  if (const Status status = chosen.run(); !status) {
    fmt::print(stderr, "nagare: {}\n", status.error().message);
    return exit_code(status.error().kind);
  }
  return 0;
}

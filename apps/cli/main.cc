// The program `nagare`: parses the command line, runs one command, turns its error into one line and an exit
// code (2 for bad input, 1 for failure). Results go to stdout, everything else to stderr.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>

#include "base/mapped_file.h"
#include "commands.h"
#include "engine/trial_entry.h"
#include "parse_errors.h"
#include "standard_output.h"

namespace {

using namespace nagare;

constexpr const char* kExamples = R"(Without a command: a demonstration on the model that ships with nagare.

Examples:
  nagare
  nagare run model.gguf "What is inference?"
  nagare COMMAND --help

Exit codes: 0 done, 1 failed, 2 the input or an option is wrong.)";

int report(const Error& error) {
  // A reader who went away has what he wanted.
  if (error.kind == ErrorKind::kCancelled) return 0;
  fmt::print(stderr, "nagare: {}\n", error.message);
  return exit_code(error.kind);
}

int run(int argc, char** argv) {
  CLI::App app{"nagare 流れ: runs trained models on this machine, and shows the way the computation took"};
  app.set_version_flag("--version", "nagare " NAGARE_VERSION);
  app.footer(kExamples);
  app.require_subcommand(0, 1);
  cli::Chosen chosen{.run = cli::demonstrate};
  cli::add_run(app, chosen);
  cli::add_explain(app, chosen);
  cli::add_find(app, chosen);
  cli::add_bench(app, chosen);
  cli::add_show(app, chosen);
  cli::add_tokenize(app, chosen);
  cli::add_detokenize(app, chosen);
  cli::add_template(app, chosen);
  cli::add_logits(app, chosen);
  cli::add_perplexity(app, chosen);
  cli::add_quantize(app, chosen);
  cli::add_devices(app, chosen);
  cli::add_completion(app, chosen);
  cli::add_man(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    const Status written = cli::write_out(cli::help_text(app, help));
    return written ? 0 : report(written.error());
  } catch (const CLI::ParseError& error) {
    return report({ErrorKind::kBadInput, cli::describe(app, error)});
  }
  const Status status = chosen.run();
  return status ? 0 : report(status.error());
}

}  // namespace

int main(int argc, char** argv) {
  if (const auto trial = nagare::maybe_run_trial(argc, argv)) return *trial;
  nagare::cli::occupy_standard_descriptors();
  // A reader that goes away (`nagare run … | head`) ends writing with an error, not the process with a
  // signal.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // the same for a file at the limit of its size
  // Without the guard a model file that shrinks while it runs ends the process: no reason not to start.
  if (const auto guard = nagare::install_mapped_file_guard(); !guard)
    fmt::print(stderr, "nagare: {}\n", guard.error().message);
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "nagare: out of memory\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "nagare: {}\n", error.what());
  }
  return 1;
}

// The commands of the program, one file each. A command adds itself to the parser; when it was chosen, its
// function runs and gives the exit status.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "base/result.h"

namespace nagare::cli {

// What the parser leaves behind: the chosen command.
struct Chosen {
  std::function<Status()> run;
};

// Where no command was given.
Status demonstrate();

void add_bench(CLI::App& app, Chosen& chosen);
void add_explain(CLI::App& app, Chosen& chosen);
void add_find(CLI::App& app, Chosen& chosen);
void add_run(CLI::App& app, Chosen& chosen);
void add_tokenize(CLI::App& app, Chosen& chosen);
void add_detokenize(CLI::App& app, Chosen& chosen);
void add_logits(CLI::App& app, Chosen& chosen);
void add_show(CLI::App& app, Chosen& chosen);
void add_devices(CLI::App& app, Chosen& chosen);
void add_template(CLI::App& app, Chosen& chosen);
void add_quantize(CLI::App& app, Chosen& chosen);
void add_perplexity(CLI::App& app, Chosen& chosen);
void add_completion(CLI::App& app, Chosen& chosen);
void add_man(CLI::App& app, Chosen& chosen);

}  // namespace nagare::cli

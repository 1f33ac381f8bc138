#include "sampler_options.h"

namespace nagare::cli {

void add_sampler_options(CLI::App& command, SamplerOptions& sampler) {
  const auto add = [&](const char* name, auto& value, const char* help) {
    command.add_option(name, value, help)->capture_default_str()->group("Sampling");
  };
  add("--temp", sampler.temperature, "0: always the likeliest token");
  add("--top-k", sampler.top_k, "keep the k likeliest tokens (0: all)");
  add("--top-p", sampler.top_p, "keep the likeliest tokens that reach this probability");
  add("--min-p", sampler.min_p, "drop tokens below this share of the likeliest");
  add("--repeat-penalty", sampler.repetition_penalty, "hold down repeated tokens (1: off)");
  add("--repeat-window", sampler.repetition_window, "tokens that the penalty looks back");
  add("--seed", sampler.seed, "of the random numbers");
}

}  // namespace nagare::cli

#include "sampler_options.h"

#include "engine/answer_form.h"

namespace nagare::cli {

void add_sampler_options(CLI::App& command, SamplerArguments& arguments) {
  SamplerOptions& sampler = arguments.options;
  const auto add = [&](const char* name, auto& value, const char* help) {
    return command.add_option(name, value, help)->capture_default_str()->group("Sampling");
  };
  add("--temp", sampler.temperature, "0: always the likeliest token");
  add("--top-k", sampler.top_k, "keep the k likeliest tokens (0: all)");
  add("--top-p", sampler.top_p, "keep the likeliest tokens that reach this probability");
  add("--min-p", sampler.min_p, "drop tokens below this share of the likeliest");
  add("--typical", sampler.typical_p, "keep tokens of typical surprise up to this probability (1: off)");
  add("--xtc-probability", sampler.xtc_probability, "leave out the top choices this often (0: off)");
  add("--xtc-threshold", sampler.xtc_threshold, "a top choice has at least this probability");
  add("--repeat-penalty", sampler.repetition_penalty, "hold down repeated tokens (1: off)");
  add("--presence-penalty", sampler.presence_penalty, "taken off the logit of tokens that came");
  add("--frequency-penalty", sampler.frequency_penalty, "taken off once for each time that they came");
  add("--repeat-window", sampler.repetition_window, "tokens that these penalties look back");
  add("--dry-multiplier", sampler.dry_multiplier, "hold down what would lengthen a repeated run (0: off)");
  add("--dry-base", sampler.dry_base, "how fast that grows with the run's length");
  add("--dry-allowed-length", sampler.dry_allowed_length, "runs up to this length cost nothing");
  add("--dry-window", sampler.dry_window, "tokens that DRY looks back");
  add("--dry-breaker", arguments.dry_breakers, "a text at which runs end (may be repeated)")
      ->allow_extra_args(false);
  add("--mirostat", sampler.mirostat, "hold the surprise at --mirostat-tau bits: version 1 or 2 (0: off)");
  add("--mirostat-tau", sampler.mirostat_tau, "bits of surprise per token");
  add("--mirostat-eta", sampler.mirostat_eta, "how fast mirostat learns");
  add("--logit-bias", arguments.logit_bias,
      "TOKEN:VALUE is added to the logit of a token, by its number or text; -100 forbids it (may be "
      "repeated)")
      ->allow_extra_args(false);
  add("--samplers", arguments.cuts,
      "the order of top-k,temperature,typical,top-p,min-p,xtc; those not named do not run");
  add("--seed", sampler.seed, "of the random numbers");
}

Status check(const SamplerArguments& arguments) {
  if (!arguments.cuts.empty()) {
    if (const auto cuts = parse_cuts(arguments.cuts); !cuts) return std::unexpected(cuts.error());
  }
  return nagare::check(arguments.options);
}

Result<SamplerOptions> to_options(const SamplerArguments& arguments, const TextModel& model) {
  SamplerOptions options = arguments.options;
  if (!arguments.cuts.empty()) {
    ASSIGN_OR_RETURN(options.cuts, parse_cuts(arguments.cuts));
  }
  options.bias.reserve(arguments.logit_bias.size());
  for (const std::string& argument : arguments.logit_bias) {
    ASSIGN_OR_RETURN(const TokenBias bias, parse_token_bias(model, argument));
    options.bias.push_back(bias);
  }
  if (options.dry_multiplier != 0.0f)
    options.dry_breakers = tokens_with(model.vocab(), arguments.dry_breakers);
  RETURN_IF_ERROR(nagare::check(options));
  return options;
}

}  // namespace nagare::cli

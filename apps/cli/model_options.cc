#include "model_options.h"

namespace nagare::cli {

void add_model_options(CLI::App& command, ModelArguments& arguments) {
  command.add_option("model", arguments.path, "a model file (GGUF)")->required();
  command.add_option("--threads,-t", arguments.threads, "threads (default: one per core)")
      ->check(CLI::Range(1, 1024));
  command.add_option("--ctx,-c", arguments.context, "tokens that one conversation may have")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 28));
  command
      .add_option("--kv", arguments.kv, "element type of the KV cache (auto: f32 for small models, else f16)")
      ->check(CLI::IsMember({"auto", "f32", "f16", "bf16", "q8_0", "q4_0"}));
  command.add_option("--find", arguments.find, "measure solvers before the run: off, quick or full")
      ->check(CLI::IsMember({"off", "quick", "full"}));
  command
      .add_option("--solver", arguments.solvers,
                  "use this solver wherever it applies (ID or op:ID; may be repeated)")
      ->allow_extra_args(false);
  command.add_option("--without", arguments.without, "never use this solver (ID or op:ID; may be repeated)")
      ->allow_extra_args(false);
  command.add_flag("--quiet,-q", arguments.quiet, "no notices on stderr, only errors");
  command.add_flag("--check", arguments.check, "refuse a file with NaN or infinite weights");
}

Result<TextModelOptions> to_options(const ModelArguments& arguments) {
  TextModelOptions options;
  options.threads = arguments.threads;
  options.context_length = arguments.context;
  options.kv_dtype = dtype_from_name(arguments.kv);  // none for auto
  options.check_weights = arguments.check;
  options.policy.forced = arguments.solvers;
  options.policy.without = arguments.without;
  ASSIGN_OR_RETURN(options.policy.find, parse_find_mode(arguments.find));
  return options;
}

}  // namespace nagare::cli

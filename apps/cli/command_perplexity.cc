// `nagare perplexity MODEL --file F`: how well a model predicts a text. The result on stdout, the value so
// far on stderr, chunk by chunk.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "base/printable.h"
#include "commands.h"
#include "engine/perplexity.h"
#include "open_model.h"
#include "read_input.h"
#include "standard_output.h"

namespace nagare::cli {
namespace {

// As llama.cpp's, so that values can be compared.
constexpr int64_t kDefaultChunkTokens = 512;

struct PerplexityArguments {
  ModelArguments model;
  std::string file;
  int64_t chunks = 0;
  bool json = false;
};

Status run(const PerplexityArguments& arguments) {
  ASSIGN_OR_RETURN(const std::string text, read_input(arguments.file));
  ASSIGN_OR_RETURN(const auto model, open_model(arguments.model));
  const auto tell_value = [&](const Perplexity& so_far, int64_t all_chunks) {
    if (!arguments.model.quiet)
      fmt::print(stderr, "[{}/{}] {:.4f}\n", so_far.chunks, all_chunks, so_far.value);
  };
  ASSIGN_OR_RETURN(const Perplexity result,
                   measure_perplexity(*model, text, model->context_length(), arguments.chunks, tell_value));
  if (arguments.json) {
    return write_json({{"perplexity", result.value},
                       {"standard_error", result.standard_error},
                       {"mean_loss", result.mean_loss},
                       {"chunks", result.chunks},
                       {"chunk_tokens", model->context_length()},
                       {"scored_tokens", result.scored_tokens}});
  }
  return write_out(fmt::format("perplexity {:.4f} ± {:.4f}: {} tokens scored, in {} chunks of {}\n",
                               result.value, result.standard_error,
                               grouped(static_cast<uint64_t>(result.scored_tokens)), result.chunks,
                               model->context_length()));
}

}  // namespace

void add_perplexity(CLI::App& app, Chosen& chosen) {
  auto arguments = std::make_shared<PerplexityArguments>();
  arguments->model.context = kDefaultChunkTokens;
  CLI::App* command = app.add_subcommand("perplexity", "measures how well a model predicts a text");
  add_model_options(*command, arguments->model);
  command->get_option("--ctx")->description(
      "tokens of one chunk, whose second half is scored (default: 512)");
  command->add_option("--file", arguments->file, "the text (-: standard input)")->required();
  command->add_option("--chunks", arguments->chunks, "stop after so many chunks")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 40));
  command->add_flag("--json", arguments->json, "the result as JSON");
  command->footer("Example:\n  nagare perplexity model.gguf --file wiki.test.raw");
  command->callback([arguments, &chosen] { chosen.run = [arguments] { return run(*arguments); }; });
}

}  // namespace nagare::cli

// `nagare run MODEL PROMPT`: the answer on stdout as it comes, everything else on stderr.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "commands.h"
#include "engine/text_session.h"
#include "model_options.h"
#include "sampler_options.h"
#include "trace/chrome_trace.h"

namespace nagare::cli {
namespace {

struct RunArguments {
  ModelArguments model;
  std::string prompt;
  std::string system;
  bool raw = false;
  GenerateOptions generate;
  std::string trace_path;
};

Status run(const RunArguments& arguments) {
  ASSIGN_OR_RETURN(const TextModelOptions options, to_options(arguments.model));
  ASSIGN_OR_RETURN(const auto model, TextModel::load(arguments.model.path, options, {}));
  model->tracer().set_enabled(!arguments.trace_path.empty());
  ASSIGN_OR_RETURN(const auto session, TextSession::open(*model));
  std::vector<int32_t> prompt;
  if (arguments.raw || model->chat_template() == nullptr) {
    ASSIGN_OR_RETURN(prompt, session->text_tokens(arguments.prompt));
  } else {
    std::vector<ChatMessage> messages;
    if (!arguments.system.empty()) messages.push_back({"system", arguments.system});
    messages.push_back({"user", arguments.prompt});
    ASSIGN_OR_RETURN(prompt, session->chat_tokens(messages));
  }
  const auto show = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  };
  ASSIGN_OR_RETURN(const GenerateResult result, session->generate(prompt, arguments.generate, show, nullptr));
  std::fputc('\n', stdout);
  fmt::print(stderr, "{} tokens in, {:.1f}/s; {} out, {:.1f}/s\n", result.prompt_tokens,
             result.prompt_tokens_per_second(), result.tokens.size(), result.generate_tokens_per_second());
  if (!arguments.trace_path.empty()) return write_chrome_trace(model->tracer(), arguments.trace_path);
  return {};
}

}  // namespace

void add_run(CLI::App& app, Chosen& chosen) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "answers a prompt");
  add_model_options(*command, arguments->model);
  command->add_option("prompt", arguments->prompt, "what to answer")->required();
  command->add_flag("--raw", arguments->raw, "continue the prompt as it is, without the chat template");
  command->add_option("--system", arguments->system, "the system message");
  add_sampler_options(*command, arguments->generate.sampler);
  command->add_option("--max-tokens,-n", arguments->generate.max_tokens,
                      "end the answer after so many tokens");
  command->add_option("--stop", arguments->generate.stops, "end the answer at this text");
  command->add_option("--trace", arguments->trace_path, "write every step as Chrome-trace JSON");
  command->callback([arguments, &chosen] { chosen.run = [arguments] { return run(*arguments); }; });
}

}  // namespace nagare::cli

// `nagare run MODEL [PROMPT]`: the answer on stdout as it comes, everything else on stderr.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <optional>

#include "answer.h"
#include "chat.h"
#include "commands.h"
#include "engine/explain.h"
#include "form_options.h"
#include "interrupt.h"
#include "open_model.h"
#include "sampler_options.h"
#include "standard_output.h"
#include "terminal.h"
#include "trace/chrome_trace.h"
#include "trace/summary.h"

namespace nagare::cli {
namespace {

constexpr size_t kLongestPromptBytes = 256 << 20;

struct RunArguments {
  ModelArguments model;
  std::optional<std::string> prompt;
  std::string system;
  bool raw = false;
  bool json = false;
  bool stations = false;
  bool verbose = false;
  GenerateOptions generate;
  SamplerArguments sampler;
  FormArguments form;
  std::string trace_path;

  bool traced() const { return stations || !trace_path.empty(); }
};

Result<std::string> read_stdin() {
  std::string text;
  std::string block(size_t{1} << 16, '\0');
  for (;;) {
    const ssize_t count = ::read(STDIN_FILENO, block.data(), block.size());
    if (count == 0) break;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure("standard input: {}", std::strerror(errno));
    text.append(block, 0, static_cast<size_t>(count));
    if (text.size() > kLongestPromptBytes) return bad_input("standard input: a prompt of over 256 MB");
  }
  // The line break that ends a file is not part of what is asked.
  if (text.ends_with('\n')) text.pop_back();
  if (text.empty()) return bad_input("the prompt from standard input is empty");
  return text;
}

// What to answer; nothing where a person at a terminal is to be talked with.
Result<std::optional<std::string>> find_prompt(const RunArguments& arguments) {
  const bool from_stdin = arguments.prompt ? *arguments.prompt == "-" : !terminal_of(stdin).present;
  if (from_stdin) return read_stdin();
  if (arguments.prompt) return arguments.prompt;
  if (arguments.json) return bad_input("--json is for one answer; give a PROMPT, or pipe it in");
  return std::nullopt;
}

// Sampler and solvers, for --verbose.
Status tell_details(TextModel& model, const RunArguments& arguments, const GenerateOptions& generate) {
  const DeviceTraits& traits = model.device().traits();
  tell(arguments.model, fmt::format("device: {}, {} threads; loaded in {:.0f} ms", traits.name,
                                    traits.threads, model.load_seconds() * 1e3));
  const Sampler sampler(generate.sampler, model.vocab().size());
  tell(arguments.model, fmt::format("sampler: {}", sampler.describe()));
  ASSIGN_OR_RETURN(const auto ops, explain(model.executor(), 1, 1));
  std::map<std::string, int64_t> uses;
  for (const ExplainedOp& op : ops) {
    const std::string kind = op.problem.substr(0, op.problem.find(' '));
    uses[fmt::format("{}: {} ({})", kind, op.choice.solver, name(op.choice.source))] += op.repeats;
  }
  for (const auto& [use, count] : uses) tell(arguments.model, fmt::format("solver of {} × {}", use, count));
  return {};
}

Status show_trace(const TextModel& model, const Tracer& tracer, const RunArguments& arguments) {
  if (arguments.stations) {
    const Terminal terminal = terminal_of(stderr);
    fmt::print(stderr, "{}",
               draw_line(summarise(tracer), {.columns = terminal.columns, .colour = terminal.colour}));
  }
  if (arguments.trace_path.empty()) return {};
  RETURN_IF_ERROR(write_chrome_trace(tracer, arguments.trace_path));
  tell(arguments.model, fmt::format("{} events of {} labels in {}; open it in https://ui.perfetto.dev",
                                    tracer.events().size(), tracer.labels().size(), arguments.trace_path));
  return model.check_intact();
}

Status answer_once(TextModel& model, const RunArguments& arguments, const GenerateOptions& generate,
                   const std::string& prompt) {
  ASSIGN_OR_RETURN(const auto session, TextSession::open(model));
  std::vector<ChatMessage> messages;
  if (!arguments.system.empty()) messages.push_back({"system", arguments.system});
  messages.push_back({"user", prompt});
  ASSIGN_OR_RETURN(const auto tokens, prompt_tokens(*session, model, messages, arguments.raw));
  std::atomic<bool> stop{false};
  ASSIGN_OR_RETURN(
      const GenerateResult result,
      stream_answer(*session, tokens, generate, arguments.json ? TextSink() : plain_sink(), stop));
  if (!arguments.json) {
    RETURN_IF_ERROR(write_out("\n"));
  } else {
    nlohmann::ordered_json json = to_json(result);
    json["samplers"] = result.chain;
    json["load_seconds"] = model.load_seconds();
    json["threads"] = model.device().traits().threads;
    json["memory"] = {{"file_bytes", model.memory().file_bytes},
                      {"weight_bytes", model.memory().weight_bytes},
                      {"kv_bytes", model.memory().kv_bytes},
                      {"context_length", model.memory().context_length},
                      {"available_bytes", model.memory().available_bytes}};
    if (arguments.traced()) json["stations"] = stations_json(model.tracer());
    RETURN_IF_ERROR(write_json(json));
  }
  tell(arguments.model, describe(result));
  return {};
}

// Null where none was asked for.
Result<std::unique_ptr<TextModel>> open_draft(const RunArguments& arguments) {
  if (arguments.form.draft_path.empty()) return std::unique_ptr<TextModel>();
  ModelArguments draft = arguments.model;
  draft.path = arguments.form.draft_path;
  return open_model(draft);
}

Status run(const RunArguments& arguments) {
  RETURN_IF_ERROR(check(arguments.sampler));
  GenerateOptions generate = arguments.generate;
  RETURN_IF_ERROR(apply_form(arguments.form, generate));
  ASSIGN_OR_RETURN(const auto prompt, find_prompt(arguments));
  ASSIGN_OR_RETURN(const auto model, open_model(arguments.model, [&](TextModelOptions& options) {
                     options.trace = arguments.traced();
                   }));
  ASSIGN_OR_RETURN(generate.sampler, to_options(arguments.sampler, *model));
  ASSIGN_OR_RETURN(const auto draft, open_draft(arguments));
  generate.draft = draft.get();
  if (model->chat_template() == nullptr && !arguments.raw)
    tell(arguments.model, "the model brings no chat template: the text is continued as it is");
  if (arguments.verbose) RETURN_IF_ERROR(tell_details(*model, arguments, generate));
  if (prompt) {
    RETURN_IF_ERROR(answer_once(*model, arguments, generate, *prompt));
  } else {
    RETURN_IF_ERROR(chat(*model, {.system = arguments.system, .generate = generate, .raw = arguments.raw}));
  }
  return show_trace(*model, model->tracer(), arguments);
}

constexpr const char* kExamples = R"(Examples:
  nagare run guide.gguf "What is inference?"
  nagare run guide.gguf                          a chat, on a terminal
  nagare run story.gguf --raw "Once upon a time" --max-tokens 100
  nagare run guide.gguf - < question.txt > answer.txt
  nagare run guide.gguf "What is HIP?" --schema '{"properties":{"answer":{"type":"string"}},"required":["answer"]}'
  nagare run large.gguf "Repeat the text: …" --lookup 16 --draft small.gguf
  nagare run guide.gguf "What is HIP?" --temp 0 --stations --trace way.json)";

}  // namespace

void add_run(CLI::App& app, Chosen& chosen) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "answers a prompt, or chats");
  add_model_options(*command, arguments->model);
  command->add_option(
      "prompt", arguments->prompt,
      "what to answer; - or nothing with a pipe: what comes from it; nothing at a terminal: a chat");
  command->add_flag("--raw", arguments->raw, "continue the prompt as it is, without the chat template");
  command->add_option("--system", arguments->system, "the system message");
  command->add_option("--max-tokens,-n", arguments->generate.max_tokens,
                      "end the answer after so many tokens");
  command->add_option("--stop", arguments->generate.stops, "end the answer at this text (may be repeated)")
      ->allow_extra_args(false);
  add_sampler_options(*command, arguments->sampler);
  add_form_options(*command, arguments->form);
  command->add_flag("--json", arguments->json, "the answer and its numbers as JSON, when it is complete");
  command->add_flag("--stations", arguments->stations, "draw the line afterwards: stations, times, solvers");
  command->add_option("--trace", arguments->trace_path,
                      "write every step of every layer as Chrome-trace JSON");
  command->add_flag("--verbose,-v", arguments->verbose, "tell the device, the sampler's chain, the solvers");
  command->footer(kExamples);
  command->callback([arguments, &chosen] { chosen.run = [arguments] { return run(*arguments); }; });
}

}  // namespace nagare::cli

// `nagare` alone, which is what `./run` does: the shipped model answers a question in English and one in
// Japanese, and then the way the computation took is drawn.
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "answer.h"
#include "base/printable.h"
#include "commands.h"
#include "open_model.h"
#include "standard_output.h"
#include "terminal.h"
#include "trace/summary.h"

namespace nagare::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModelName = "nagare-guide.gguf";
constexpr std::array<const char*, 2> kQuestions{"What is inference?", "推論とは何ですか？"};
constexpr int64_t kLongestAnswer = 200;  // tokens
constexpr int kMostColumns = 80;

// $NAGARE_ZOO (a folder, or the model itself), else the zoo beside the program or of the tree it was built
// from.
Result<std::string> find_model() {
  std::error_code ignored;
  if (const char* zoo = std::getenv("NAGARE_ZOO"); zoo != nullptr && *zoo != '\0') {
    const fs::path path = zoo;
    return (fs::is_directory(path, ignored) ? path / kModelName : path).string();
  }
  const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  const std::array<fs::path, 4> places{folder / "zoo", folder / "../share/nagare/zoo",
                                       folder / "../../../zoo", NAGARE_SOURCE_ZOO};
  for (const fs::path& place : places) {
    const fs::path path = place / kModelName;
    if (fs::is_regular_file(path, ignored)) return path.lexically_normal().string();
  }
  return bad_input("the shipped model {} was not found; set NAGARE_ZOO to its folder (see zoo/README.md)",
                   kModelName);
}

struct Totals {
  int64_t prompt_tokens = 0, generated_tokens = 0;
  double prompt_seconds = 0, generate_seconds = 0;
  void add(const GenerateResult& result) {
    prompt_tokens += result.prompt_tokens - result.reused_tokens;
    generated_tokens += static_cast<int64_t>(result.tokens.size());
    prompt_seconds += result.prompt_seconds;
    generate_seconds += result.generate_seconds;
  }
};

std::string rate(int64_t tokens, double seconds) {
  return seconds > 0 ? grouped(static_cast<uint64_t>(static_cast<double>(tokens) / seconds)) : "–";
}

class Demonstration {
 public:
  Demonstration(TextModel& model, const Terminal& terminal)
      : model_(model), terminal_(terminal), palette_(terminal.colour) {}

  Status run(TextSession& session) {
    RETURN_IF_ERROR(write_out(fmt::format("\n  {}流れ nagare{} · {} · {} · {} thread{}\n", palette_.strong,
                                          palette_.reset, human_bytes(model_.memory().file_bytes),
                                          model_.description().architecture, model_.device().traits().threads,
                                          model_.device().traits().threads == 1 ? "" : "s")));
    for (const char* question : kQuestions) RETURN_IF_ERROR(ask(session, question));
    return draw();
  }

 private:
  int columns() const { return std::min(kMostColumns, terminal_.columns); }

  Status ask(TextSession& session, const char* question) {
    RETURN_IF_ERROR(write_out(fmt::format("\n  {}{}{}\n", palette_.accent, question, palette_.reset)));
    ASSIGN_OR_RETURN(const auto tokens, prompt_tokens(session, model_, {{"user", question}}, false));
    const GenerateOptions options{.sampler = {.temperature = 0}, .max_tokens = kLongestAnswer, .stops = {}};
    std::atomic<bool> stop{false};
    WrappedSink wrapped(2, columns());
    ASSIGN_OR_RETURN(const GenerateResult result,
                     stream_answer(session, tokens, options, std::ref(wrapped), stop));
    RETURN_IF_ERROR(wrapped.finish());
    totals_.add(result);
    return {};
  }

  Status draw() const {
    std::string text = fmt::format("\n  {}The line{}, station by station: share, time, solver most used\n\n",
                                   palette_.strong, palette_.reset);
    text += draw_line(summarise(model_.tracer()), {.columns = columns(), .colour = terminal_.colour});
    text += fmt::format("\n  {}{}{} tokens per second read, {}{}{} written ({} and {} tokens)\n",
                        palette_.strong, rate(totals_.prompt_tokens, totals_.prompt_seconds), palette_.reset,
                        palette_.strong, rate(totals_.generated_tokens, totals_.generate_seconds),
                        palette_.reset, totals_.prompt_tokens, totals_.generated_tokens);
    const std::string fallbacks = summarise_fallbacks(model_.selector().fallbacks());
    if (!fallbacks.empty()) text += fmt::format("  {}{}{}\n", palette_.warn, fallbacks, palette_.reset);
    text += fmt::format("\n  {}Go on: nagare run zoo/{} · nagare explain MODEL · nagare --help{}\n",
                        palette_.faint, kModelName, palette_.reset);
    return write_out(text);
  }

  TextModel& model_;
  Terminal terminal_;
  Palette palette_;
  Totals totals_;
};

}  // namespace

Status demonstrate() {
  ASSIGN_OR_RETURN(const std::string path, find_model());
  ModelArguments arguments;
  arguments.path = path;
  arguments.quiet = true;
  ASSIGN_OR_RETURN(const auto model,
                   open_model(arguments, [](TextModelOptions& options) { options.trace = true; }));
  ASSIGN_OR_RETURN(const auto session, TextSession::open(*model));
  return Demonstration(*model, terminal_of(stdout)).run(*session);
}

}  // namespace nagare::cli

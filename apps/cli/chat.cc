#include "chat.h"

#include <array>
#include <utility>

#include "answer.h"
#include "interrupt.h"
#include "line_editor.h"
#include "standard_output.h"
#include "suggestion.h"
#include "terminal.h"

namespace nagare::cli {
namespace {

constexpr std::string_view kHelp =
    "  /help          this list\n"
    "  /clear         forgets the conversation; the system message stays\n"
    "  /system TEXT   sets the system message and forgets the conversation; without TEXT, shows it\n"
    "  /stats         the numbers of the last answer\n"
    "  /exit          ends (as Ctrl-D does)\n"
    "  Ctrl-C stops an answer. A line that begins with // is a message that begins with /.\n";

class Chat {
 public:
  Chat(TextModel& model, TextSession& session, ChatSettings settings)
      : model_(model),
        session_(session),
        settings_(std::move(settings)),
        palette_(terminal_of(stderr).colour),
        editor_("> ", palette_.accent, palette_.reset) {}

  Status run() {
    forget();
    say("Type a message; /help lists what else there is.");
    for (;;) {
      // From here on a Ctrl-C that is a signal is meant for the answer to come.
      interrupt_.flag().store(false);
      LineEditor::Line line = editor_.read();
      if (line.end == LineEditor::End::kEndOfInput) return {};
      if (line.end == LineEditor::End::kInterrupted) {
        say("Ctrl-D or /exit ends.");
        continue;
      }
      if (line.text.find_first_not_of(" \t\n") == std::string::npos) continue;
      const bool is_command = line.text.starts_with('/') && !line.text.starts_with("//");
      if (is_command) {
        if (!command(line.text)) return {};
      } else {
        RETURN_IF_ERROR(answer(line.text.starts_with("//") ? line.text.substr(1) : std::move(line.text)));
      }
    }
  }

 private:
  void say(std::string_view line) const {
    fmt::print(stderr, "{}{}{}\n", palette_.faint, line, palette_.reset);
  }

  void forget() {
    messages_.clear();
    if (!settings_.system.empty()) messages_.push_back({"system", settings_.system});
  }

  // False: the conversation ends.
  bool command(std::string_view line) {
    const size_t space = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, space);
    const std::string_view rest = line.substr(std::min(line.find_first_not_of(' ', space), line.size()));
    if (word == "/exit" || word == "/quit") return false;
    if (word == "/help") {
      fmt::print(stderr, "{}", kHelp);
    } else if (word == "/clear") {
      forget();
      say("Forgotten.");
    } else if (word == "/system") {
      set_system(rest);
    } else if (word == "/stats") {
      say(stats_.empty() ? "Nothing was answered yet." : stats_);
    } else {
      static const std::array<std::string, 5> kWords{"/help", "/clear", "/system", "/stats", "/exit"};
      const std::string meant = nearest(word, kWords);
      say(meant.empty() ? "There is no such command; /help lists them."
                        : fmt::format("There is no such command; did you mean {}?", meant));
    }
    return true;
  }

  void set_system(std::string_view text) {
    if (text.empty()) {
      say(settings_.system.empty() ? "There is no system message." : settings_.system);
      return;
    }
    settings_.system = text;
    forget();
    say("Set; the conversation begins anew.");
  }

  // An error only where the program cannot go on: what is wrong with one message is told, and the message
  // forgotten.
  Status answer(std::string text) {
    messages_.push_back({"user", std::move(text)});
    const auto tokens = prompt_tokens(session_, model_, messages_, settings_.raw);
    auto result = tokens
                      ? stream_answer(session_, *tokens, settings_.generate, plain_sink(), interrupt_.flag())
                      : Result<GenerateResult>(std::unexpect, tokens.error());
    if (!result) {
      messages_.pop_back();
      const bool goes_on = exit_code(result.error().kind) == exit_code(ErrorKind::kBadInput);
      if (!goes_on) return std::unexpected(std::move(result.error()));
      fmt::print(stderr, "{}{}{}\n", palette_.warn, result.error().message, palette_.reset);
      say("The message was dropped; /clear makes room by forgetting the conversation.");
      return {};
    }
    RETURN_IF_ERROR(write_out("\n"));
    if (result->reason == StopReason::kCancelled) say("(stopped)");
    if (result->reason == StopReason::kContextFull) say("(the context is full: /clear makes room)");
    stats_ = fmt::format("{} · {} of {} tokens of context used", describe(*result),
                         result->prompt_tokens + static_cast<int64_t>(result->tokens.size()),
                         model_.context_length());
    messages_.push_back({"assistant", std::move(result->text)});
    if (settings_.raw || model_.chat_template() == nullptr) forget();
    return {};
  }

  TextModel& model_;
  TextSession& session_;
  ChatSettings settings_;
  Palette palette_;
  InterruptScope interrupt_;
  LineEditor editor_;
  std::vector<ChatMessage> messages_;
  std::string stats_;
};

}  // namespace

Status chat(TextModel& model, const ChatSettings& settings) {
  ASSIGN_OR_RETURN(const auto session, TextSession::open(model));
  return Chat(model, *session, settings).run();
}

}  // namespace nagare::cli

// `nagare tokenize` and `nagare detokenize`: text to token ids and back, with the vocabulary of a model file.
// Only the ids, or only the text, on stdout.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <memory>

#include "commands.h"
#include "engine/vocab_file.h"
#include "read_input.h"
#include "standard_output.h"
#include "terminal.h"

namespace nagare::cli {
namespace {

struct Arguments {
  std::string model;
  std::string given;  // text or ids
  std::string file;
  CLI::Option* given_option = nullptr;
  CLI::Option* file_option = nullptr;
  bool parse_special = false;
  bool add_bos = false;
  bool show_special = false;
};

// What to work on: the option's value or the file's bytes; one of them must be there.
Result<std::string> input_of(const Arguments& arguments) {
  if (arguments.file_option->count() > 0) return read_input(arguments.file);
  if (arguments.given_option->count() > 0) return arguments.given;
  return bad_input("nothing to read; give {} or --file", arguments.given_option->get_name());
}

Status tokenize(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::string text, input_of(arguments));
  ASSIGN_OR_RETURN(const VocabFile vocab, VocabFile::open(arguments.model));
  ASSIGN_OR_RETURN(
      const std::vector<int32_t> ids,
      vocab.encode(text, {.parse_special = arguments.parse_special, .add_bos = arguments.add_bos}));
  return write_out(fmt::format("[{}]\n", fmt::join(ids, ", ")));
}

Status detokenize(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::string list, input_of(arguments));
  ASSIGN_OR_RETURN(const std::vector<int32_t> ids, parse_token_ids(list));
  ASSIGN_OR_RETURN(const VocabFile vocab, VocabFile::open(arguments.model));
  ASSIGN_OR_RETURN(std::string text, vocab.decode(ids, arguments.show_special));
  // On a terminal the next prompt begins a line; elsewhere the text is all.
  if (terminal_of(stdout).present) text += '\n';
  return write_out(text);
}

}  // namespace

void add_tokenize(CLI::App& app, Chosen& chosen) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("tokenize", "prints the token ids of a text as a JSON array");
  command->add_option("model", arguments->model, "a model file (GGUF), or one with only a vocabulary")
      ->required();
  arguments->given_option = command->add_option("--text", arguments->given, "the text");
  arguments->file_option =
      command->add_option("--file", arguments->file, "a file with the text (-: standard input)")
          ->excludes(arguments->given_option);
  command->add_flag("--parse-special", arguments->parse_special,
                    "control tokens written in the text become what they say");
  command->add_flag("--add-bos", arguments->add_bos, "begin with the model's bos token");
  command->footer("Example:\n  nagare tokenize model.gguf --text \"Once upon a time\"");
  command->callback([arguments, &chosen] { chosen.run = [arguments] { return tokenize(*arguments); }; });
}

void add_detokenize(CLI::App& app, Chosen& chosen) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("detokenize", "prints the text of token ids");
  command->add_option("model", arguments->model, "a model file (GGUF), or one with only a vocabulary")
      ->required();
  arguments->given_option = command->add_option("--tokens", arguments->given, "the ids: 1,2,3");
  arguments->file_option =
      command->add_option("--file", arguments->file, "a file with the ids (-: standard input)")
          ->excludes(arguments->given_option);
  command->add_flag("--show-special", arguments->show_special, "write control tokens into the text");
  command->footer("Example:\n  nagare detokenize model.gguf --tokens 403,407,261");
  command->callback([arguments, &chosen] { chosen.run = [arguments] { return detokenize(*arguments); }; });
}

}  // namespace nagare::cli

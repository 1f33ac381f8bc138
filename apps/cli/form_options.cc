#include "form_options.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/printable.h"
#include "engine/answer_form.h"

namespace nagare::cli {
namespace {

constexpr size_t kLongestFormBytes = 4 << 20;

Result<std::string> read_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (file == nullptr) return bad_input("{}: {}", printable(path), std::strerror(errno));
  std::string text(kLongestFormBytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return bad_input("{}: {}", printable(path), std::strerror(errno));
  if (text.size() > kLongestFormBytes) return bad_input("{}: it is larger than 4 MB", printable(path));
  return text;
}

// A schema begins with a brace or is true or false; a grammar has a rule. Everything else is a file.
bool is_schema_text(const std::string& argument) {
  const size_t first = argument.find_first_not_of(" \t\r\n");
  return first != std::string::npos && (argument[first] == '{' || argument == "true" || argument == "false");
}

bool is_grammar_text(const std::string& argument) {
  return argument.find("::=") != std::string::npos;
}

}  // namespace

void add_form_options(CLI::App& command, FormArguments& arguments) {
  constexpr const char* kForm = "Form of the answer";
  auto* const grammar =
      command.add_option("--grammar", arguments.grammar, "hold the answer to a grammar: a file, or its text")
          ->group(kForm);
  auto* const schema = command
                           .add_option("--schema", arguments.schema,
                                       "the answer is JSON that fits this JSON Schema: a file, or its text")
                           ->group(kForm)
                           ->excludes(grammar);
  command.add_flag("--json-object", arguments.json_object, "the answer is a JSON object")
      ->group(kForm)
      ->excludes(grammar)
      ->excludes(schema);
  constexpr const char* kAhead = "Proposing tokens ahead (the answer stays the same)";
  command
      .add_option("--lookup", arguments.lookup_tokens,
                  "propose up to so many tokens that followed the same words before (0: off)")
      ->capture_default_str()
      ->group(kAhead);
  auto* const draft =
      command
          .add_option("--draft", arguments.draft_path, "a smaller model of the same vocabulary that proposes")
          ->group(kAhead);
  command.add_option("--draft-tokens", arguments.draft_tokens, "how many it proposes at most")
      ->capture_default_str()
      ->group(kAhead)
      ->needs(draft);
}

Status apply_form(const FormArguments& arguments, GenerateOptions& options) {
  options.lookup_tokens = arguments.lookup_tokens;
  options.draft_tokens = arguments.draft_tokens;
  if (arguments.json_object) {
    ASSIGN_OR_RETURN(options.grammar, json_object_grammar());
  }
  if (!arguments.schema.empty()) {
    std::string text = arguments.schema;
    if (!is_schema_text(text)) {
      ASSIGN_OR_RETURN(text, read_file(arguments.schema));
    }
    ASSIGN_OR_RETURN(options.grammar, grammar_from_schema(text));
  }
  if (!arguments.grammar.empty()) {
    std::string text = arguments.grammar;
    if (!is_grammar_text(text)) {
      ASSIGN_OR_RETURN(text, read_file(arguments.grammar));
    }
    ASSIGN_OR_RETURN(options.grammar, grammar_from_text(text));
  }
  return check_proposals(options);
}

}  // namespace nagare::cli

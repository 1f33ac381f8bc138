// `nagare logits MODEL --tokens 1,2,3 --out F.npy`: what the model computes after each token, as float32.
#include <memory>

#include "commands.h"
#include "engine/model_outputs.h"
#include "model_options.h"
#include "read_input.h"

namespace nagare::cli {
namespace {

struct LogitsArguments {
  ModelArguments model;
  std::string tokens;
  std::string out;
  std::string pooling = "none";
};

Status run(const LogitsArguments& arguments) {
  ASSIGN_OR_RETURN(const std::vector<int32_t> tokens, parse_token_ids(arguments.tokens));
  ASSIGN_OR_RETURN(const Pooling pooling, parse_pooling(arguments.pooling));
  ASSIGN_OR_RETURN(const TextModelOptions options, to_options(arguments.model));
  ASSIGN_OR_RETURN(const auto model,
                   TextModel::load(arguments.model.path,
                                   with_room_for_outputs(options, static_cast<int64_t>(tokens.size())), {}));
  return write_model_outputs(*model, tokens, pooling, arguments.out);
}

}  // namespace

void add_logits(CLI::App& app, Chosen& chosen) {
  auto arguments = std::make_shared<LogitsArguments>();
  // Numbers to compare with others' come with as little rounding as there is, and without measuring first.
  arguments->model.kv = "f32";
  arguments->model.find = "off";
  CLI::App* command = app.add_subcommand(
      "logits", "writes the logits after each token, or an encoder's embeddings, as a NumPy file");
  add_model_options(*command, arguments->model);
  command->add_option("--tokens", arguments->tokens, "the token ids: 1,2,3")->required();
  command->add_option("--out", arguments->out, "the file to write: float32 [tokens, vocabulary]")->required();
  command
      ->add_option("--pooling", arguments->pooling,
                   "of an encoder's embeddings: none (one per token), mean, or cls (the first token's)")
      ->check(CLI::IsMember({"none", "mean", "cls"}));
  command->footer("Example:\n  nagare logits model.gguf --tokens 1,403,407 --out logits.npy");
  command->callback([arguments, &chosen] { chosen.run = [arguments] { return run(*arguments); }; });
}

}  // namespace nagare::cli

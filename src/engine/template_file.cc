#include "engine/template_file.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/mapped_file.h"
#include "base/printable.h"
#include "formats/gguf/gguf_split.h"
#include "prepare/chat_template/chat_template.h"
#include "prepare/tokenizer/vocab_from_gguf.h"

namespace nagare {
namespace {

constexpr std::string_view kGgufMagic = "GGUF";
constexpr size_t kMaxTemplateBytes = size_t{16} << 20;

// `input_json` with the model's special tokens in front: of equal keys the last one wins, so these are
// defaults. What is not an object is left for the reader to refuse.
std::string with_special_tokens(std::string_view input_json, const Vocab& vocab) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t open = input_json.find_first_not_of(kSpace);
  if (open == std::string_view::npos || input_json[open] != '{') return std::string(input_json);
  const SpecialTokens& special = vocab.special();
  const std::pair<const char*, int32_t> tokens[] = {{"bos_token", special.bos},
                                                    {"eos_token", special.eos},
                                                    {"unk_token", special.unk},
                                                    {"pad_token", special.pad}};
  nlohmann::ordered_json defaults = nlohmann::ordered_json::object();
  for (const auto& [name, id] : tokens) {
    if (vocab.contains(id)) defaults[name] = vocab.text(id);
  }
  const std::string_view rest = input_json.substr(open + 1);
  if (defaults.empty()) return std::string(input_json);
  std::string text = defaults.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.pop_back();  // its closing brace: the object goes on
  const size_t next = rest.find_first_not_of(kSpace);
  if (next != std::string_view::npos && rest[next] != '}') text += ',';
  return text.append(rest);
}

Result<std::string> render_model(const std::filesystem::path& path, std::string_view input_json) {
  ASSIGN_OR_RETURN(const GgufFile file, open_gguf_model(path));
  ASSIGN_OR_RETURN(const std::string_view source, file.string_or("tokenizer.chat_template", ""));
  if (source.empty()) return bad_input("{} brings no chat template", printable(path.string()));
  ASSIGN_OR_RETURN(const Vocab vocab, vocab_from_gguf(file));
  return chat_template::render_messages_file(source, "the model's chat template",
                                             with_special_tokens(input_json, vocab));
}

}  // namespace

Result<std::string> render_template_file(const std::filesystem::path& path, std::string_view input_json) {
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::open(path));
  const auto bytes = file.bytes();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with(kGgufMagic)) return render_model(path, input_json);
  if (text.size() > kMaxTemplateBytes) {
    return bad_input("{}: a template of {} bytes; at most {} are read", printable(path.string()),
                     grouped(text.size()), grouped(kMaxTemplateBytes));
  }
  return chat_template::render_messages_file(text, printable(path.filename().string()), input_json);
}

}  // namespace nagare

#include "prepare/tokenizer/vocab_from_gguf.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "base/printable.h"
#include "prepare/tokenizer/known_tokens.h"
#include "prepare/tokenizer/pre_tokenizer.h"

namespace nagare {

namespace {

struct SpecialKey {
  std::string_view key;  // after "tokenizer.ggml."
  int32_t SpecialTokens::* id;
};
constexpr SpecialKey kSpecialKeys[] = {
    {"prefix_token_id", &SpecialTokens::fim_prefix},  // older names of three below
    {"suffix_token_id", &SpecialTokens::fim_suffix},
    {"middle_token_id", &SpecialTokens::fim_middle},
    {"bos_token_id", &SpecialTokens::bos},
    {"eos_token_id", &SpecialTokens::eos},
    {"eot_token_id", &SpecialTokens::eot},
    {"eom_token_id", &SpecialTokens::eom},
    {"unknown_token_id", &SpecialTokens::unk},
    {"seperator_token_id", &SpecialTokens::sep},  // so spelt in the format
    {"padding_token_id", &SpecialTokens::pad},
    {"cls_token_id", &SpecialTokens::cls},
    {"mask_token_id", &SpecialTokens::mask},
    {"fim_pre_token_id", &SpecialTokens::fim_prefix},
    {"fim_suf_token_id", &SpecialTokens::fim_suffix},
    {"fim_mid_token_id", &SpecialTokens::fim_middle},
    {"fim_pad_token_id", &SpecialTokens::fim_pad},
    {"fim_rep_token_id", &SpecialTokens::fim_repo},
    {"fim_sep_token_id", &SpecialTokens::fim_separator},
};

std::string key_of(std::string_view name) {
  return fmt::format("tokenizer.ggml.{}", name);
}

// What a kind of tokenizer means where the file says nothing.
struct KindDefaults {
  std::string_view model;
  VocabKind kind;
  SpecialTokens special;
  VocabRules rules;
};
constexpr KindDefaults kKinds[] = {
    {"gpt2", VocabKind::kByteLevelBpe, {}, {.escape_whitespaces = false}},
    {"gemma4", VocabKind::kByteLevelBpe, {}, {.byte_level = false}},
    {"llama",
     VocabKind::kSentencePieceBpe,
     {.bos = 1, .eos = 2, .unk = 0},
     {.add_bos = true, .add_space_prefix = true}},
    {"bert",
     VocabKind::kWordPiece,
     {.bos = 101, .unk = 100, .sep = 102, .pad = 0, .mask = 103},
     {.add_bos = true, .add_eos = true, .add_sep = true}},
    {"t5", VocabKind::kUnigram, {.eos = 1, .unk = 2, .pad = 0}, {.add_eos = true}},
};

Result<const KindDefaults*> kind_of(const GgufFile& file) {
  ASSIGN_OR_RETURN(const std::string_view model, file.require_string("tokenizer.ggml.model"));
  const auto found = std::ranges::find(kKinds, model, &KindDefaults::model);
  if (found != std::end(kKinds)) return found;
  if (model == "no_vocab" || model == "none") {
    return unsupported("vocabulary: the model has none (tokenizer.ggml.model is '{}')", model);
  }
  return unsupported("vocabulary: tokenizer '{}' is not supported; supported: gpt2, llama, bert, t5, gemma4",
                     printable(model));
}

Status take_pre_tokenizer(const GgufFile& file, std::string_view model, VocabData& data) {
  ASSIGN_OR_RETURN(const std::string_view said, file.string_or("tokenizer.ggml.pre", ""));
  const std::string_view name = said.empty() && model == "gemma4" ? model : said;
  const PreTokenizer* rules = find_pre_tokenizer(name);
  if (rules == nullptr) {
    data.warnings.push_back(
        name.empty()
            ? std::string("vocabulary: the file names no pre-tokenizer (tokenizer.ggml.pre); words are cut "
                          "by the default rules, and answers may be worse for it")
            : fmt::format(
                  "vocabulary: pre-tokenizer '{}' is unknown; words are cut by the default rules, and "
                  "answers may be worse for it",
                  printable(name)));
    rules = &default_pre_tokenizer();
  }
  data.pre_tokenizer = rules->name;
  data.rules.ignore_merges = rules->ignore_merges;
  data.rules.add_bos = rules->add_bos;
  data.rules.byte_level = rules->byte_level;
  data.rules.escape_whitespaces = !rules->byte_level;
  return {};
}

Status take_special_ids(const GgufFile& file, VocabData& data) {
  const size_t count = data.texts.size();
  for (const auto& [name, member] : special_token_names()) {
    int32_t& id = data.special.*member;
    if (id >= 0 && static_cast<size_t>(id) >= count) id = kNoToken;  // a default that this vocabulary lacks
  }
  for (const auto& [name, member] : kSpecialKeys) {
    const std::string key = key_of(name);
    const GgufValue* value = file.find(key);
    if (value == nullptr) continue;
    const auto id = value->integer<int64_t>();
    if (!id) {
      return bad_input("vocabulary: '{}' is of type {}, expected an integer", key, value->describe_type());
    }
    // -1 and its unsigned form say "none".
    if (*id == -1 || *id == 0xFFFFFFFF) {
      data.special.*member = kNoToken;
    } else if (*id < 0 || static_cast<uint64_t>(*id) >= count) {
      return bad_input("vocabulary: '{}' is {}, but there are only {} tokens; is the file damaged?", key, *id,
                       grouped(count));
    } else {
      data.special.*member = static_cast<int32_t>(*id);
    }
  }
  return {};
}

Status take_flags(const GgufFile& file, VocabData& data) {
  const std::pair<std::string_view, bool VocabRules::*> flags[] = {
      {"add_bos_token", &VocabRules::add_bos},
      {"add_eos_token", &VocabRules::add_eos},
      {"add_sep_token", &VocabRules::add_sep},
      {"add_space_prefix", &VocabRules::add_space_prefix},
      {"remove_extra_whitespaces", &VocabRules::remove_extra_whitespaces},
      {"normalizer.lowercase", &VocabRules::lowercase},
  };
  for (const auto& [name, member] : flags) {
    ASSIGN_OR_RETURN(data.rules.*member, file.bool_or(key_of(name), data.rules.*member));
  }
  ASSIGN_OR_RETURN(data.rules.strip_accents,
                   file.bool_or("tokenizer.ggml.normalizer.strip_accents", data.rules.lowercase));
  const int32_t end = data.kind == VocabKind::kWordPiece ? data.special.sep : data.special.eos;
  if (data.rules.add_bos && data.special.bos == kNoToken) {
    data.warnings.emplace_back("vocabulary: the file asks for a bos token but names none; none is added");
    data.rules.add_bos = false;
  }
  if (data.rules.add_eos && end == kNoToken) {
    data.warnings.emplace_back("vocabulary: the file asks for an eos token but names none; none is added");
    data.rules.add_eos = false;
  }
  return {};
}

// Scores are f32 in nearly all files, whole numbers in some.
Status take_scores(const GgufFile& file, VocabData& data) {
  const GgufValue* value = file.find("tokenizer.ggml.scores");
  if (value != nullptr && value->is_array() && is_integer(value->element_type)) {
    ASSIGN_OR_RETURN(const std::vector<int32_t> whole, file.i32s_or_none("tokenizer.ggml.scores"));
    data.scores.assign(whole.begin(), whole.end());
    return {};
  }
  ASSIGN_OR_RETURN(data.scores, file.f32s_or_none("tokenizer.ggml.scores"));
  return {};
}

Status take_charsmap(const GgufFile& file, VocabData& data) {
  const GgufValue* value = file.find("tokenizer.ggml.precompiled_charsmap");
  if (value == nullptr) return {};
  if (!value->is_array() || (value->element_type != GgufType::kI8 && value->element_type != GgufType::kU8)) {
    return bad_input("vocabulary: 'tokenizer.ggml.precompiled_charsmap' is {}, expected bytes",
                     value->describe_type());
  }
  data.charsmap.assign(reinterpret_cast<const char*>(value->numbers.data()), value->numbers.size());
  return {};
}

// Some models' tokenizers swallow white space around certain tokens, which the format has no word for.
Status take_strips(const GgufFile& file, VocabData& data) {
  ASSIGN_OR_RETURN(const std::string_view name, file.string_or("general.name", ""));
  ASSIGN_OR_RETURN(const std::string_view architecture, file.string_or("general.architecture", ""));
  std::string model(name);
  std::ranges::transform(model, model.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto id_of = [&](std::string_view text) -> std::optional<int32_t> {
    const auto found = std::ranges::find(data.texts, text);
    if (found == data.texts.end()) return std::nullopt;
    return static_cast<int32_t>(found - data.texts.begin());
  };
  const std::string_view pre = data.pre_tokenizer;
  if (pre.starts_with("jina-v2-") || architecture == "nomic-bert-moe" || architecture == "jina-bert-v3") {
    if (const auto mask = id_of("<mask>")) data.strip_left.push_back(*mask);
  } else if (model.contains("modern-bert")) {
    if (const auto mask = id_of("[MASK]")) data.strip_left.push_back(*mask);
  } else if (model.contains("phi-3") || model.contains("phi3")) {
    for (size_t id = 0; id < data.types.size() && id < data.texts.size(); ++id) {
      const auto type = static_cast<TokenType>(data.types[id]);
      const bool marked = type == TokenType::kControl || type == TokenType::kUserDefined ||
                          type == TokenType::kUnknown || data.texts[id] == "</s>";
      const bool kept =
          data.texts[id] == "<unk>" || data.texts[id] == "<s>" || data.texts[id] == "<|endoftext|>";
      if (marked && !kept) data.strip_right.push_back(static_cast<int32_t>(id));
    }
  }
  return {};
}

}  // namespace

Result<Vocab> vocab_from_gguf(const GgufFile& file) {
  ASSIGN_OR_RETURN(const KindDefaults* kind, kind_of(file));
  VocabData data;
  data.kind = kind->kind;
  data.special = kind->special;
  data.rules = kind->rules;
  if (data.kind == VocabKind::kByteLevelBpe) {
    RETURN_IF_ERROR(take_pre_tokenizer(file, kind->model, data));
    ASSIGN_OR_RETURN(const auto merges, file.require_strings("tokenizer.ggml.merges"));
    data.merges.assign(merges.begin(), merges.end());
  }
  ASSIGN_OR_RETURN(const auto texts, file.require_strings("tokenizer.ggml.tokens"));
  data.texts.assign(texts.begin(), texts.end());
  RETURN_IF_ERROR(take_scores(file, data));
  ASSIGN_OR_RETURN(data.types, file.i32s_or_none("tokenizer.ggml.token_type"));
  RETURN_IF_ERROR(take_charsmap(file, data));
  RETURN_IF_ERROR(take_special_ids(file, data));
  complete_from_known_texts(data);
  RETURN_IF_ERROR(take_flags(file, data));
  RETURN_IF_ERROR(take_strips(file, data));
  return Vocab::create(std::move(data));
}

}  // namespace nagare

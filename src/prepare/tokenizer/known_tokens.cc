#include "prepare/tokenizer/known_tokens.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/printable.h"
#include "prepare/tokenizer/byte_alphabet.h"

namespace nagare {

namespace {

enum class Ends : uint8_t { kNothing, kAnswer, kAnswerIfControl };

struct KnownText {
  std::string_view text;
  int32_t SpecialTokens::* role = nullptr;  // the first text that is there takes the role
  Ends ends = Ends::kNothing;
};

// In the order in which they take a role. The sources are the models' own tokenizer files.
constexpr KnownText kKnownTexts[] = {
    {"<|eot_id|>", &SpecialTokens::eot, Ends::kAnswer},
    {"<|im_end|>", &SpecialTokens::eot, Ends::kAnswer},
    {"<|end|>", &SpecialTokens::eot, Ends::kAnswer},
    {"<end_of_turn>", &SpecialTokens::eot, Ends::kAnswer},
    {"<end_of_utterance>", &SpecialTokens::eot, Ends::kAnswer},
    {"<EOT>", &SpecialTokens::eot, Ends::kAnswer},
    {"_<EOT>", &SpecialTokens::eot, Ends::kAnswer},
    {"[EOT]", &SpecialTokens::eot, Ends::kAnswer},  // Kimi K2
    {"<|endoftext|>", &SpecialTokens::eot, Ends::kAnswer},
    {"<|end_of_text|>", &SpecialTokens::eot, Ends::kAnswer},
    {"<｜end▁of▁sentence｜>", &SpecialTokens::eot, Ends::kAnswer},  // DeepSeek
    {"<|eom_id|>", &SpecialTokens::eom, Ends::kAnswer},
    {"<|return|>", nullptr, Ends::kAnswer},  // gpt-oss
    {"<|call|>", nullptr, Ends::kAnswer},
    {"<|calls|>", nullptr, Ends::kAnswer},  // Solar Open
    {"<|flush|>", nullptr, Ends::kAnswer},
    {"[EOS]", nullptr, Ends::kAnswer},    // Kimi K2
    {"[e~[", nullptr, Ends::kAnswer},     // MiniMax
    {"<turn|>", nullptr, Ends::kAnswer},  // Gemma 4
    {"<|tool_response>", nullptr, Ends::kAnswer},
    {"</s>", nullptr, Ends::kAnswerIfControl},  // an HTML tag like others in Gemma's vocabulary
    {"<eos>", nullptr, Ends::kAnswerIfControl},
    {"<|fim_prefix|>", &SpecialTokens::fim_prefix},
    {"<fim-prefix>", &SpecialTokens::fim_prefix},
    {"<fim_prefix>", &SpecialTokens::fim_prefix},
    {"<｜fim▁begin｜>", &SpecialTokens::fim_prefix},  // DeepSeek
    {"<PRE>", &SpecialTokens::fim_prefix},
    {"▁<PRE>", &SpecialTokens::fim_prefix},
    {"<|code_prefix|>", &SpecialTokens::fim_prefix},
    {"<|prefix|>", &SpecialTokens::fim_prefix},
    {"<|fim_suffix|>", &SpecialTokens::fim_suffix},
    {"<fim-suffix>", &SpecialTokens::fim_suffix},
    {"<fim_suffix>", &SpecialTokens::fim_suffix},
    {"<｜fim▁hole｜>", &SpecialTokens::fim_suffix},  // DeepSeek
    {"<SUF>", &SpecialTokens::fim_suffix},
    {"▁<SUF>", &SpecialTokens::fim_suffix},
    {"<|code_suffix|>", &SpecialTokens::fim_suffix},
    {"<|suffix|>", &SpecialTokens::fim_suffix},
    {"<|fim_middle|>", &SpecialTokens::fim_middle},
    {"<fim-middle>", &SpecialTokens::fim_middle},
    {"<fim_middle>", &SpecialTokens::fim_middle},
    {"<｜fim▁end｜>", &SpecialTokens::fim_middle},  // DeepSeek
    {"<MID>", &SpecialTokens::fim_middle},
    {"▁<MID>", &SpecialTokens::fim_middle},
    {"<|code_middle|>", &SpecialTokens::fim_middle},
    {"<|middle|>", &SpecialTokens::fim_middle},
    {"<|fim_pad|>", &SpecialTokens::fim_pad, Ends::kAnswer},
    {"<fim-pad>", &SpecialTokens::fim_pad, Ends::kAnswer},
    {"<fim_pad>", &SpecialTokens::fim_pad, Ends::kAnswer},
    {"<PAD>", &SpecialTokens::fim_pad, Ends::kAnswer},
    {"[PAD]", &SpecialTokens::fim_pad, Ends::kAnswerIfControl},
    {"<|fim_repo|>", &SpecialTokens::fim_repo, Ends::kAnswer},
    {"<|repo_name|>", &SpecialTokens::fim_repo, Ends::kAnswer},
    {"<fim-repo>", &SpecialTokens::fim_repo, Ends::kAnswer},
    {"<REPO>", &SpecialTokens::fim_repo, Ends::kAnswer},
    {"<reponame>", &SpecialTokens::fim_repo, Ends::kAnswer},
    {"<|file_sep|>", &SpecialTokens::fim_separator, Ends::kAnswer},
};
constexpr size_t kLongestKnownText = 32;

// For each known text the id that has it, or kNoToken.
std::array<int32_t, std::size(kKnownTexts)> find_known_texts(const VocabData& data) {
  std::array<int32_t, std::size(kKnownTexts)> ids;
  ids.fill(kNoToken);
  for (size_t id = 0; id < data.texts.size(); ++id) {
    const std::string_view text = data.texts[id];
    if (text.size() < 4 || text.size() > kLongestKnownText) continue;
    if (text[0] != '<' && text[0] != '[' && text[0] != '_' && text[0] != kEscapedSpace[0]) continue;
    const auto known = std::ranges::find(kKnownTexts, text, &KnownText::text);
    if (known != std::end(kKnownTexts)) ids[known - std::begin(kKnownTexts)] = static_cast<int32_t>(id);
  }
  return ids;
}

bool is_control(const VocabData& data, int32_t id) {
  return !data.types.empty() && data.types[id] == static_cast<int32_t>(TokenType::kControl);
}

void make_control(VocabData& data, int32_t id) {
  if (is_control(data, id)) return;
  if (data.types.empty()) {  // the file gave none
    data.types.assign(data.texts.size(), static_cast<int32_t>(TokenType::kNormal));
    for (size_t i = 0; i < data.texts.size(); ++i) {
      const bool byte = data.kind != VocabKind::kByteLevelBpe && parse_byte_token(data.texts[i]);
      if (byte) data.types[i] = static_cast<int32_t>(TokenType::kByte);
    }
  } else {
    data.warnings.push_back(
        fmt::format("vocabulary: token {} '{}' looks like a control token and is taken as one", id,
                    printable(data.texts[id])));
  }
  data.types[id] = static_cast<int32_t>(TokenType::kControl);
}

}  // namespace

void complete_from_known_texts(VocabData& data) {
  if (!data.types.empty() && data.types.size() != data.texts.size()) return;  // Vocab::create will refuse it
  const auto ids = find_known_texts(data);
  const auto id_of = [&](std::string_view text) {
    return ids[std::ranges::find(kKnownTexts, text, &KnownText::text) - std::begin(kKnownTexts)];
  };
  // Where these three are, <|end|> ends only a part of an answer (gpt-oss, Solar Open).
  const bool has_call = id_of("<|call|>") != kNoToken || id_of("<|calls|>") != kNoToken;
  const bool end_is_inner = has_call && (id_of("<|return|>") != kNoToken || id_of("<|flush|>") != kNoToken);

  for (size_t i = 0; i < ids.size(); ++i) {
    const KnownText& known = kKnownTexts[i];
    const int32_t id = ids[i];
    if (id == kNoToken) continue;
    if (known.ends == Ends::kAnswerIfControl && !is_control(data, id)) continue;
    const bool takes_role =
        known.role != nullptr && (data.special.*known.role == kNoToken || data.special.*known.role == id);
    // Another repository or padding mark than the one in the role is a token like others.
    const bool fim =
        known.role != nullptr && known.role != &SpecialTokens::eot && known.role != &SpecialTokens::eom;
    if (fim && !takes_role) continue;
    make_control(data, id);
    if (end_is_inner && known.text == "<|end|>") continue;
    if (takes_role) data.special.*known.role = id;
    if (known.ends != Ends::kNothing) data.end_of_generation.push_back(id);
  }
}

}  // namespace nagare

#include "prepare/tokenizer/vocab.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <utility>

#include "base/printable.h"
#include "prepare/tokenizer/byte_alphabet.h"

namespace nagare {

std::string_view vocab_kind_name(VocabKind kind) {
  switch (kind) {
    case VocabKind::kByteLevelBpe:
      return "byte-level BPE";
    case VocabKind::kSentencePieceBpe:
      return "SentencePiece BPE";
    case VocabKind::kWordPiece:
      return "WordPiece";
    case VocabKind::kUnigram:
      return "Unigram";
  }
  return "unknown";
}

std::span<const SpecialTokenName> special_token_names() {
  static constexpr std::array<SpecialTokenName, 15> kNames{{
      {"bos", &SpecialTokens::bos},
      {"eos", &SpecialTokens::eos},
      {"eot", &SpecialTokens::eot},
      {"eom", &SpecialTokens::eom},
      {"unk", &SpecialTokens::unk},
      {"sep", &SpecialTokens::sep},
      {"pad", &SpecialTokens::pad},
      {"cls", &SpecialTokens::cls},
      {"mask", &SpecialTokens::mask},
      {"fim_prefix", &SpecialTokens::fim_prefix},
      {"fim_suffix", &SpecialTokens::fim_suffix},
      {"fim_middle", &SpecialTokens::fim_middle},
      {"fim_pad", &SpecialTokens::fim_pad},
      {"fim_repo", &SpecialTokens::fim_repo},
      {"fim_separator", &SpecialTokens::fim_separator},
  }};
  return kNames;
}

Result<Vocab> Vocab::create(VocabData data) try {
  Vocab vocab;
  vocab.kind_ = data.kind;
  vocab.rules_ = data.rules;
  vocab.pre_tokenizer_ = std::move(data.pre_tokenizer);
  vocab.charsmap_ = std::move(data.charsmap);
  vocab.warnings_ = std::move(data.warnings);
  vocab.scores_ = std::move(data.scores);
  RETURN_IF_ERROR(vocab.take_types(data));
  RETURN_IF_ERROR(vocab.take_texts(data));
  RETURN_IF_ERROR(vocab.take_special(data));
  RETURN_IF_ERROR(vocab.take_bytes(data));
  RETURN_IF_ERROR(vocab.take_merges(data));
  vocab.take_pieces();
  return vocab;
} catch (const std::bad_alloc&) {
  return out_of_memory("vocabulary: no memory left for {} tokens", grouped(data.texts.size()));
}

Status Vocab::take_types(const VocabData& data) {
  const size_t count = data.texts.size();
  if (count == 0) return bad_input("vocabulary: it has no tokens");
  if (count > std::numeric_limits<int32_t>::max() / 4) {
    return bad_input("vocabulary: {} tokens are more than any model has", grouped(count));
  }
  if (!scores_.empty() && scores_.size() != count) {
    return bad_input("vocabulary: {} tokens but {} scores; is the file damaged?", grouped(count),
                     grouped(scores_.size()));
  }
  if (!data.types.empty() && data.types.size() != count) {
    return bad_input("vocabulary: {} tokens but {} token types; is the file damaged?", grouped(count),
                     grouped(data.types.size()));
  }
  const auto not_a_number = std::ranges::find_if(scores_, [](float score) { return std::isnan(score); });
  if (not_a_number != scores_.end()) {
    return bad_input("vocabulary: the score of token {} is not a number; is the file damaged?",
                     grouped(not_a_number - scores_.begin()));
  }
  types_.assign(count, TokenType::kNormal);
  for (size_t id = 0; id < data.types.size(); ++id) {
    const int32_t type = data.types[id];
    types_[id] = type >= 0 && type <= 6 ? static_cast<TokenType>(type) : TokenType::kUndefined;
  }
  return {};
}

Status Vocab::take_texts(const VocabData& data) {
  size_t bytes = 0;
  for (const std::string_view text : data.texts) {
    bytes += text.size();
    longest_text_bytes_ = std::max(longest_text_bytes_, text.size());
  }
  // Every token without a text gets a name of at most 20 bytes.
  if (bytes + data.texts.size() * 20 > std::numeric_limits<uint32_t>::max()) {
    return bad_input("vocabulary: the tokens take {} bytes, more than 4 GiB", grouped(bytes));
  }
  texts_.reserve(data.texts.size(), bytes);
  index_.reserve(data.texts.size());
  const auto text_of = [this](int32_t id) { return texts_.at(id); };
  for (int32_t id = 0; id < size(); ++id) {
    const std::string_view text = data.texts[id];
    if (text.empty()) {
      fmt::format_to(std::back_inserter(texts_.open()), "[EMPTY_{}]", id);
    } else {
      texts_.open() += text;
    }
    texts_.close();
    if (const int32_t first = index_.insert(texts_.at(id), id, text_of); first != id) {
      return bad_input("vocabulary: tokens {} and {} are both '{}'; is the file damaged?", first, id,
                       printable(text));
    }
  }
  return {};
}

Status Vocab::take_special(const VocabData& data) {
  special_ = data.special;
  const auto outside = [this](int32_t id) { return id != kNoToken && !contains(id); };
  for (const auto& [name, member] : special_token_names()) {
    if (outside(special_.*member)) {
      return bad_input("vocabulary: the {} token is {}, but there are only {} tokens", name, special_.*member,
                       grouped(types_.size()));
    }
  }
  end_of_generation_ = data.end_of_generation;
  for (const int32_t id : {special_.eos, special_.eot, special_.eom}) {
    if (id != kNoToken) end_of_generation_.push_back(id);
  }
  std::ranges::sort(end_of_generation_);
  const auto repeated = std::ranges::unique(end_of_generation_);
  end_of_generation_.erase(repeated.begin(), repeated.end());

  strips_.assign(types_.size(), 0);
  for (const auto& [ids, flag] :
       {std::pair{&data.strip_left, kStripsLeft}, {&data.strip_right, kStripsRight}}) {
    for (const int32_t id : *ids) {
      if (!contains(id)) return bad_input("vocabulary: a rule names token {}, which does not exist", id);
      strips_[id] |= flag;
    }
  }
  for (const int32_t id : end_of_generation_) {
    if (!contains(id)) return bad_input("vocabulary: an end token is {}, which does not exist", id);
  }
  return {};
}

// Which token stands for which raw byte.
Status Vocab::take_bytes(const VocabData& data) {
  byte_tokens_.fill(kNoToken);
  for (int32_t id = 0; id < size(); ++id) {
    if (types_[id] != TokenType::kByte) continue;
    if (!parse_byte_token(text(id))) {
      return bad_input("vocabulary: token {} is marked as a byte but reads '{}', not like <0x0A>", id,
                       printable(text(id)));
    }
  }
  for (int byte = 0; byte < 256; ++byte) {
    if (kind_ == VocabKind::kByteLevelBpe && rules_.byte_level) {
      std::string letter;
      append_in_byte_alphabet(letter, std::string(1, static_cast<char>(byte)));
      byte_tokens_[byte] = find(letter);
    } else {
      const auto name = byte_token_text(static_cast<uint8_t>(byte));
      byte_tokens_[byte] = find({name.data(), name.size()});
      // A file without types says by the text alone that this is a byte.
      if (byte_tokens_[byte] != kNoToken && data.types.empty()) types_[byte_tokens_[byte]] = TokenType::kByte;
    }
  }
  return {};
}

Status Vocab::take_merges(const VocabData& data) {
  merges_.reserve(data.merges.size());
  std::string both;
  for (const std::string_view line : data.merges) {
    // A token may begin with a space, so the space that divides is never the first character.
    const size_t space = line.find(' ', 1);
    if (space == std::string_view::npos) {
      return bad_input("vocabulary: merge {} '{}' is not two tokens with a space between them",
                       merges_.size(), printable(line));
    }
    const std::string_view left = line.substr(0, space), right = line.substr(space + 1);
    both.assign(left).append(right);
    const Merge merge{find(left), find(right), find(both)};
    for (const auto& [id, part] : {std::pair{merge.left, left}, {merge.right, right}, {merge.merged, both}}) {
      if (id == kNoToken) {
        return bad_input("vocabulary: merge {} '{}' needs the token '{}', which does not exist",
                         merges_.size(), printable(line), printable(part));
      }
    }
    merges_.push_back(merge);
  }
  return {};
}

void Vocab::take_pieces() {
  if (kind_ == VocabKind::kWordPiece) {
    // BERT's own files mark what continues a word (##ing); converted ones mark what begins one (▁walk).
    bool hashes = false, escaped = false;
    for (int32_t id = 0; id < size(); ++id) {
      hashes = hashes || text(id).starts_with("##");
      escaped = escaped || text(id).starts_with(kEscapedSpace);
    }
    rules_.continuation_has_hashes = hashes && !escaped;
  }
  pieces_.reserve(types_.size(), static_cast<size_t>(size()) * 8);
  for (int32_t id = 0; id < size(); ++id) {
    append_piece(id, pieces_.open());
    pieces_.close();
  }
}

void Vocab::append_piece(int32_t id, std::string& piece) const {
  const std::string_view whole = text(id);
  switch (types_[id]) {
    case TokenType::kControl:
    case TokenType::kUnknown:
    case TokenType::kUserDefined:
      piece += whole;
      return;
    case TokenType::kUnused:
      return;  // padding of the table: nothing in a text
    case TokenType::kByte:
      piece += static_cast<char>(*parse_byte_token(whole));
      return;
    case TokenType::kNormal:
    case TokenType::kUndefined:
      break;
  }
  if (kind_ == VocabKind::kByteLevelBpe && rules_.byte_level) {
    append_from_byte_alphabet(piece, whole);
  } else if (kind_ == VocabKind::kWordPiece && rules_.continuation_has_hashes) {
    if (whole.starts_with("##")) {
      piece += whole.substr(2);
    } else {
      piece.append(" ").append(whole);
    }
  } else {
    append_unescaped(piece, whole);
  }
}

bool Vocab::is_end_of_generation(int32_t id) const {
  return std::ranges::binary_search(end_of_generation_, id);
}

}  // namespace nagare

// A vocabulary: what each token is (text, score, type), the merges, the special ids, and the rules that came
// with the model. Plain knowledge, immutable once built, shared by the tokenizer (text → ids), the
// detokenizer (ids → text) and whoever asks what an id means (sampler, grammar, `nagare show`). It knows no
// algorithm.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prepare/tokenizer/text_index.h"

namespace nagare {

enum class VocabKind : uint8_t {
  kByteLevelBpe,      // GPT-2's: merges by rank over bytes ("gpt2" in GGUF)
  kSentencePieceBpe,  // merges by score over characters, with byte tokens ("llama")
  kWordPiece,         // longest match in words, BERT's ("bert")
  kUnigram,           // the likeliest segmentation, T5's ("t5")
};
std::string_view vocab_kind_name(VocabKind kind);

// The numbers are GGUF's.
enum class TokenType : uint8_t {
  kUndefined = 0,
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,      // never comes from a user's text (unless parse_special), hidden in answers
  kUserDefined = 4,  // matched in the text before anything else
  kUnused = 5,
  kByte = 6,  // "<0x0A>": one raw byte
};

inline constexpr int32_t kNoToken = -1;

// kNoToken where the model has none.
struct SpecialTokens {
  int32_t bos = kNoToken;  // for WordPiece this is [CLS]
  int32_t eos = kNoToken;
  int32_t eot = kNoToken;  // end of a turn in a conversation
  int32_t eom = kNoToken;  // end of a message that waits for a tool
  int32_t unk = kNoToken;
  int32_t sep = kNoToken;
  int32_t pad = kNoToken;
  int32_t cls = kNoToken;
  int32_t mask = kNoToken;
  int32_t fim_prefix = kNoToken;
  int32_t fim_suffix = kNoToken;
  int32_t fim_middle = kNoToken;
  int32_t fim_pad = kNoToken;
  int32_t fim_repo = kNoToken;
  int32_t fim_separator = kNoToken;

  bool operator==(const SpecialTokens&) const = default;
};
struct SpecialTokenName {
  std::string_view name;  // "bos", "fim_prefix", …
  int32_t SpecialTokens::* id;
};
std::span<const SpecialTokenName> special_token_names();

// What the model's own tokenizer does around the algorithm.
struct VocabRules {
  bool add_bos = false;  // a prompt begins with bos
  bool add_eos = false;
  bool add_sep = false;
  bool add_space_prefix = false;  // a text begins as if a space stood before it
  bool remove_extra_whitespaces = false;
  bool escape_whitespaces = true;           // Unigram: spaces become ▁
  bool treat_whitespace_as_suffix = false;  // Unigram: ▁ ends a word
  bool ignore_merges = false;               // byte-level BPE: a whole word that is a token is that token
  bool byte_level = true;                   // BPE: tokens are bytes in GPT-2's alphabet, not UTF-8 with ▁
  bool lowercase = true;                    // WordPiece
  bool strip_accents = true;                // WordPiece
  bool continuation_has_hashes = false;     // WordPiece: ##ing, not ▁walk; found from the tokens themselves
};

// One merge of byte-level BPE; its rank is its place in the list.
struct Merge {
  int32_t left = kNoToken;
  int32_t right = kNoToken;
  int32_t merged = kNoToken;
};

// What a vocabulary is built from. The views need to live only until Vocab::create returns.
struct VocabData {
  VocabKind kind = VocabKind::kByteLevelBpe;
  std::vector<std::string_view> texts;
  std::vector<float> scores;             // as many as texts, or none
  std::vector<int32_t> types;            // TokenType's numbers; as many as texts, or none
  std::vector<std::string_view> merges;  // "left right", by rank
  SpecialTokens special;
  std::vector<int32_t> end_of_generation;  // added to eos, eot and eom
  std::vector<int32_t> strip_left;         // tokens that swallow the white space before them
  std::vector<int32_t> strip_right;        // and after them
  VocabRules rules;
  std::string pre_tokenizer;  // the name of the way that byte-level BPE splits words: "qwen2", "llama-bpe", …
  std::string charsmap;       // Unigram: SentencePiece's precompiled normalisation
  std::vector<std::string> warnings;
};

class Vocab {
 public:
  static Result<Vocab> create(VocabData data);

  VocabKind kind() const { return kind_; }
  int32_t size() const { return static_cast<int32_t>(types_.size()); }
  bool contains(int32_t id) const { return id >= 0 && id < size(); }

  // These need contains(id).
  std::string_view text(int32_t id) const { return texts_.at(id); }    // as the model file has it
  std::string_view piece(int32_t id) const { return pieces_.at(id); }  // the bytes it stands for in a text
  float score(int32_t id) const { return scores_.empty() ? 0.0f : scores_[id]; }
  TokenType type(int32_t id) const { return types_[id]; }
  bool strips_left(int32_t id) const { return (strips_[id] & kStripsLeft) != 0; }
  bool strips_right(int32_t id) const { return (strips_[id] & kStripsRight) != 0; }
  // Control and unknown tokens: parts of the conversation's form, not of its text.
  bool is_special(int32_t id) const {
    return types_[id] == TokenType::kControl || types_[id] == TokenType::kUnknown;
  }

  bool is_end_of_generation(int32_t id) const;
  std::span<const int32_t> end_of_generation_ids() const { return end_of_generation_; }

  // The id of a token by its text in the model file, or kNoToken.
  int32_t find(std::string_view token_text) const {
    return index_.find(token_text, [this](int32_t id) { return texts_.at(id); });
  }
  // The token that stands for one raw byte, or kNoToken.
  int32_t byte_token(uint8_t byte) const { return byte_tokens_[byte]; }
  size_t longest_text_bytes() const { return longest_text_bytes_; }

  std::span<const Merge> merges() const { return merges_; }
  const SpecialTokens& special() const { return special_; }
  const VocabRules& rules() const { return rules_; }
  const std::string& pre_tokenizer() const { return pre_tokenizer_; }
  const std::string& charsmap() const { return charsmap_; }
  // What was odd about the model's data, in lines for the user.
  std::span<const std::string> warnings() const { return warnings_; }

 private:
  // Many short strings in one block.
  class StringTable {
   public:
    void reserve(size_t count, size_t bytes) {
      ends_.reserve(count + 1);
      bytes_.reserve(bytes);
    }
    std::string& open() { return bytes_; }  // append to it, then close()
    void close() { ends_.push_back(static_cast<uint32_t>(bytes_.size())); }
    std::string_view at(int32_t id) const {
      return std::string_view(bytes_).substr(ends_[id], ends_[id + 1] - ends_[id]);
    }

   private:
    std::string bytes_;
    std::vector<uint32_t> ends_{0};
  };
  static constexpr uint8_t kStripsLeft = 1, kStripsRight = 2;

  Vocab() = default;
  Status take_types(const VocabData& data);
  Status take_texts(const VocabData& data);
  Status take_special(const VocabData& data);
  Status take_bytes(const VocabData& data);
  Status take_merges(const VocabData& data);
  void take_pieces();
  void append_piece(int32_t id, std::string& piece) const;

  VocabKind kind_ = VocabKind::kByteLevelBpe;
  StringTable texts_, pieces_;
  std::vector<float> scores_;
  std::vector<TokenType> types_;
  std::vector<uint8_t> strips_;
  TextIndex index_;
  std::array<int32_t, 256> byte_tokens_{};
  size_t longest_text_bytes_ = 0;
  std::vector<Merge> merges_;
  SpecialTokens special_;
  std::vector<int32_t> end_of_generation_;  // sorted
  VocabRules rules_;
  std::string pre_tokenizer_, charsmap_;
  std::vector<std::string> warnings_;
};

}  // namespace nagare

// A vocabulary from the first half of the bytes, a text from the second: built, encoded with every choice,
// decoded token by token. The vocabulary is hostile, the text is hostile; what comes out must hold together
// all the same.
//
// The input's form: one byte of kind and rules, one byte to choose the pre-tokenizer, one byte for the
// special ids; then tokens, each a byte of type and length and its text; a zero length ends them; the rest is
// the text.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "output/detokenize/detokenizer.h"
#include "prepare/tokenizer/byte_alphabet.h"
#include "prepare/tokenizer/known_tokens.h"
#include "prepare/tokenizer/pre_tokenizer.h"
#include "prepare/tokenizer/tokenizer.h"
#include "require.h"

namespace nagare {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  uint8_t byte() {
    if (bytes_.empty()) return 0;
    const auto value = static_cast<uint8_t>(bytes_[0]);
    bytes_.remove_prefix(1);
    return value;
  }
  std::string_view take(size_t count) {
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

VocabData read_vocab(Reader& reader, std::vector<std::string>& kept) {
  VocabData data;
  const uint8_t first = reader.byte();
  data.kind = static_cast<VocabKind>(first % 4);
  data.rules.add_space_prefix = (first & 4) != 0;
  data.rules.remove_extra_whitespaces = (first & 8) != 0;
  data.rules.ignore_merges = (first & 16) != 0;
  data.rules.treat_whitespace_as_suffix = (first & 32) != 0;
  data.rules.byte_level = (first & 64) == 0;
  data.rules.lowercase = (first & 128) == 0;
  const auto names = all_pre_tokenizers();
  data.pre_tokenizer = names[reader.byte() % names.size()].name;

  // All single bytes first, so that most texts can be written.
  kept.reserve(2000);
  for (int byte = 0; byte < 256; ++byte) {
    const char raw = static_cast<char>(byte);
    std::string& text = kept.emplace_back();
    if (data.kind == VocabKind::kByteLevelBpe && data.rules.byte_level) {
      append_in_byte_alphabet(text, {&raw, 1});
    } else {
      const auto name = byte_token_text(static_cast<uint8_t>(byte));
      text.assign(name.data(), name.size());
    }
    data.types.push_back(static_cast<int32_t>(text.size() == 6 ? TokenType::kByte : TokenType::kNormal));
  }
  const uint8_t special = reader.byte();
  data.special.unk = special % 2 ? 256 : kNoToken;
  data.special.bos = special % 4 ? 257 : kNoToken;
  for (uint8_t head = reader.byte(); head % 32 != 0 && kept.size() < 600; head = reader.byte()) {
    kept.emplace_back(reader.take(head % 32));
    data.types.push_back(head / 32);
  }
  for (const std::string& text : kept) {
    data.texts.push_back(text);
    data.scores.push_back(static_cast<float>(text.size() % 7) - 3.0f);
  }
  return data;
}

// Every cut of every token into two that exist is a merge.
void add_merges(VocabData& data, std::vector<std::string>& kept) {
  if (data.kind != VocabKind::kByteLevelBpe) return;
  const size_t count = data.texts.size();
  for (size_t id = 256; id < count && kept.size() < 1900; ++id) {
    const std::string_view text = data.texts[id];
    for (size_t cut = 1; cut < text.size() && kept.size() < 1900; ++cut) {
      const auto is_token = [&](std::string_view part) {
        return part.find(' ') == std::string_view::npos &&
               std::find(data.texts.begin(), data.texts.begin() + static_cast<ptrdiff_t>(count), part) !=
                   data.texts.begin() + static_cast<ptrdiff_t>(count);
      };
      if (!is_token(text.substr(0, cut)) || !is_token(text.substr(cut))) continue;
      kept.push_back(std::string(text.substr(0, cut)) + " " + std::string(text.substr(cut)));
      data.merges.push_back(kept.back());
    }
  }
}

void use(const Tokenizer& tokenizer, const std::shared_ptr<const Vocab>& vocab, std::string_view text) {
  for (const bool parse_special : {false, true}) {
    const auto ids = tokenizer.encode(text, {.parse_special = parse_special});
    if (!ids) continue;
    const bool unknown_is_special = vocab->special().unk != kNoToken;
    for (const int32_t id : *ids) {
      require(vocab->contains(id));
      if (!parse_special && !(unknown_is_special && id == vocab->special().unk))
        require(!vocab->is_special(id));
    }
    const auto again = tokenizer.encode(text, {.parse_special = parse_special});
    require(again && *again == *ids);
    for (const bool show_special : {false, true}) {
      Detokenizer detokenizer(vocab, {.show_special = show_special});
      std::string all;
      for (const int32_t id : *ids) {
        const auto part = detokenizer.push(id);
        require(part && valid_utf8_prefix_bytes(*part) == part->size());
        all += *part;
      }
      all += detokenizer.finish();
      require(all == *detokenize(vocab, *ids, {.show_special = show_special}));
    }
  }
}

}  // namespace
}  // namespace nagare

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
  using namespace nagare;
  Reader reader({reinterpret_cast<const char*>(bytes), count});
  std::vector<std::string> kept;
  VocabData data = read_vocab(reader, kept);
  add_merges(data, kept);
  if (data.kind == VocabKind::kUnigram) data.charsmap = reader.take(reader.byte());
  complete_from_known_texts(data);
  auto vocab = Vocab::create(std::move(data));
  if (!vocab) return 0;
  const auto shared = std::make_shared<const Vocab>(std::move(*vocab));
  const auto tokenizer = Tokenizer::create(shared);
  if (tokenizer) use(**tokenizer, shared, reader.rest());
  return 0;
}

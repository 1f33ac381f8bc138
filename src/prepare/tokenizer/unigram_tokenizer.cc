#include "prepare/tokenizer/unigram_tokenizer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/printable.h"
#include "base/utf8.h"
#include "prepare/tokenizer/byte_alphabet.h"

namespace nagare {

namespace {

constexpr double kUnknownPenalty = 10.0;  // below the least likely token (SentencePiece)
// Longer tokens are refused: every place of a text may have to be compared with them.
constexpr size_t kLongestToken = 1024;

}  // namespace

Result<std::unique_ptr<Tokenizer>> UnigramTokenizer::create(std::shared_ptr<const Vocab> vocab) {
  if (vocab->special().unk == kNoToken) {
    return bad_input("tokenizer: a Unigram vocabulary needs an unknown token, and this one names none");
  }
  if (vocab->longest_text_bytes() > kLongestToken) {
    return bad_input("tokenizer: the longest token has {} bytes, at most {} are taken; is the file damaged?",
                     grouped(vocab->longest_text_bytes()), grouped(kLongestToken));
  }
  ASSIGN_OR_RETURN(Charsmap charsmap, Charsmap::create(vocab->charsmap()));
  return std::unique_ptr<Tokenizer>(new UnigramTokenizer(std::move(vocab), std::move(charsmap)));
}

UnigramTokenizer::UnigramTokenizer(std::shared_ptr<const Vocab> shared_vocab, Charsmap charsmap)
    : Tokenizer(std::move(shared_vocab)), charsmap_(std::move(charsmap)) {
  std::vector<ByteTrie::Entry> entries;
  float least = std::numeric_limits<float>::max();
  for (int32_t id = 0; id < vocab().size(); ++id) {
    const TokenType type = vocab().type(id);
    if (type == TokenType::kNormal) least = std::min(least, vocab().score(id));
    if (type == TokenType::kNormal || type == TokenType::kUserDefined || type == TokenType::kUnused) {
      entries.push_back({vocab().text(id), id});
    }
  }
  tokens_ = ByteTrie(std::move(entries));
  unknown_score_ = least - kUnknownPenalty;
  byte_fallback_ = true;
  for (int byte = 0; byte < 256; ++byte) {
    byte_fallback_ = byte_fallback_ && vocab().byte_token(static_cast<uint8_t>(byte)) != kNoToken;
  }
}

Status UnigramTokenizer::encode_stretch(std::string_view text, bool /*after_special*/,
                                        std::vector<int32_t>& ids) const {
  const std::string normal = normalise(text);
  if (!normal.empty()) append_ids(normal, best_ways(normal), ids);
  return {};
}

// Every character as the charsmap has it, every space as ▁, one before the text (or after it) where the model
// wants that, and runs of spaces as one where it wants that.
std::string UnigramTokenizer::normalise(std::string_view text) const {
  const VocabRules& rules = vocab().rules();
  const std::string_view space = rules.escape_whitespaces ? kEscapedSpace : std::string_view(" ");
  const bool space_first = rules.add_space_prefix && !rules.treat_whitespace_as_suffix;
  bool space_due = space_first;
  std::string normal;
  normal.reserve(text.size() + text.size() / 2);
  const auto append = [&](std::string_view part) {
    for (const char c : part) {
      const bool is_space = c == ' ';
      if (is_space && rules.remove_extra_whitespaces) {
        space_due = space_first || !normal.empty();
        continue;
      }
      if (std::exchange(space_due, false)) normal += space;
      if (is_space) {
        normal += space;
      } else {
        normal += c;
      }
    }
  };
  const char* const end = text.data() + text.size();
  for (const char* next = text.data(); next < end;) {
    if (const auto match = charsmap_.match({next, end})) {
      append(match->replacement);
      next += match->consumed_bytes;
      continue;
    }
    const Utf8Char c = decode_utf8(next, end);
    append(c.valid ? std::string_view(next, c.byte_count) : kReplacementUtf8);
    next += c.valid ? c.byte_count : 1;
  }
  if (rules.add_space_prefix && rules.treat_whitespace_as_suffix && !normal.empty()) normal += space;
  return normal;
}

std::vector<UnigramTokenizer::Best> UnigramTokenizer::best_ways(std::string_view text) const {
  const int32_t unknown = vocab().special().unk;
  std::vector<Best> ways(text.size() + 1, Best{-std::numeric_limits<double>::max(), unknown, 0});
  ways[0].score = 0;
  const auto offer = [&](size_t begin, size_t bytes, int32_t id, double score) {
    Best& best = ways[begin + bytes];
    const double sum = ways[begin].score + score;
    if (sum > best.score) best = {sum, id, static_cast<uint32_t>(begin)};
  };
  for (size_t at = 0; at < text.size();) {
    const size_t character_bytes = decode_utf8(text.data() + at, text.data() + text.size()).byte_count;
    bool character_is_token = false;
    tokens_.each_prefix(text.substr(at), [&](size_t bytes, int32_t id) {
      character_is_token = character_is_token || bytes == character_bytes;
      offer(at, bytes, id, vocab().type(id) == TokenType::kUserDefined ? 0.0 : vocab().score(id));
    });
    if (!character_is_token) offer(at, character_bytes, unknown, unknown_score_);
    at += character_bytes;
  }
  return ways;
}

void UnigramTokenizer::append_ids(std::string_view text, const std::vector<Best>& ways,
                                  std::vector<int32_t>& ids) const {
  const auto first = static_cast<ptrdiff_t>(ids.size());
  const int32_t unknown = vocab().special().unk;
  bool after_unknown = false;
  for (size_t end = text.size(); end > 0; end = ways[end].begin) {
    const Best& way = ways[end];
    if (way.id == unknown && byte_fallback_) {
      for (size_t i = end; i > way.begin; --i)
        ids.push_back(vocab().byte_token(static_cast<uint8_t>(text[i - 1])));
    } else if (way.id != unknown || !after_unknown) {
      ids.push_back(way.id);
    }
    after_unknown = way.id == unknown;
  }
  std::reverse(ids.begin() + first, ids.end());
}

}  // namespace nagare

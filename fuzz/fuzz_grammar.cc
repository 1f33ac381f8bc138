// Any text as a grammar. Where it is one: a text that it matches is made and matched again, token masks are
// what trying each token gives, and the bytes behind the grammar's first NUL say which way to go.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "grammar_walk.h"
#include "output/grammar/token_masks.h"

namespace nagare {
namespace {

constexpr size_t kMostBytes = 1500;

const Vocab& vocabulary() {
  static const std::unique_ptr<const Vocab> kept = [] {
    VocabData data;
    data.kind = VocabKind::kSentencePieceBpe;
    data.texts = {"<unk>", "<0x00>", "<0xC3>", "<0xA9>", "<0xE6>", "<0xFF>", "a",  "b",   "c",    "ab",
                  "abc",   "ba",     "(",      ")",      "))",     "\"",     "0",  "1",   "10",   ",",
                  "é",     "漢",     "{\"",    "\":",    "true",   "x y",    "\n", "aaa", "aaaa", "}"};
    data.types.assign(data.texts.size(), static_cast<int32_t>(TokenType::kNormal));
    data.types[0] = static_cast<int32_t>(TokenType::kUnknown);
    for (size_t i = 1; i < 6; ++i) data.types[i] = static_cast<int32_t>(TokenType::kByte);
    data.special.unk = 0;
    auto vocab = Vocab::create(std::move(data));
    require(vocab.has_value());
    return std::make_unique<const Vocab>(std::move(*vocab));
  }();
  return *kept;
}

void check_masks(const Grammar& grammar, const TokenTrie& trie, std::string_view text) {
  TokenMasks masks(grammar, trie);
  Chart chart(grammar);
  chart.start(grammar.start(grammar.root()));
  for (size_t at = 0; at <= std::min<size_t>(text.size(), 6); ++at) {
    const TokenMask& allowed = masks.allowed(chart);
    for (int32_t id = 1; id < vocabulary().size() && !chart.overflowed(); ++id) {
      const size_t columns = chart.column_count();
      const bool alive = std::ranges::all_of(
          vocabulary().piece(id), [&](char byte) { return chart.advance(static_cast<uint8_t>(byte)); });
      while (chart.column_count() > columns) chart.pop();
      require(chart.overflowed() || masks.overflowed() || alive == allowed.allows(id));
    }
    if (at == text.size() || chart.overflowed()) return;
    require(chart.advance(static_cast<uint8_t>(text[at])));
    chart.commit();
  }
}

}  // namespace
}  // namespace nagare

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
  using namespace nagare;
  static const TokenTrie trie(vocabulary());
  const std::string_view input(reinterpret_cast<const char*>(bytes), std::min(count, kMostBytes));
  const std::string_view source = input.substr(0, input.find('\0'));
  const auto grammar = Grammar::parse(source);
  if (!grammar) {
    require(!grammar.error().message.empty() && grammar.error().message.find('\n') == std::string::npos);
    return 0;
  }
  const auto choices = std::span(bytes, std::min(count, kMostBytes)).subspan(source.size());
  const std::string text = walk_grammar(*grammar, choices.first(std::min<size_t>(choices.size(), 64)), 2000);
  check_masks(*grammar, trie, text);
  return 0;
}

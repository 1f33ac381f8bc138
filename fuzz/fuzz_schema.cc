// Any text as a JSON schema. Where a grammar comes of it, what the grammar matches must be JSON; the bytes
// behind the first NUL say which text is made.
#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "grammar_walk.h"
#include "output/schema/schema_to_grammar.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
  using namespace nagare;
  constexpr size_t kMostBytes = 1500;
  const std::string_view input(reinterpret_cast<const char*>(bytes), std::min(count, kMostBytes));
  const std::string_view source = input.substr(0, input.find('\0'));
  const auto text = schema_to_grammar(source);
  if (!text) {
    require(exit_code(text.error().kind) == 2 && text.error().message.find('\n') == std::string::npos);
    return 0;
  }
  const auto grammar = Grammar::parse(*text);
  if (!grammar) {
    // Only limits and contradictions may come up here: what is written is well formed.
    require(grammar.error().message == kNoTextMatches ||
            grammar.error().message.find("more than") != std::string::npos ||
            grammar.error().message.find("from ") != std::string::npos);
    return 0;
  }
  const auto choices = std::span(bytes, std::min(count, kMostBytes)).subspan(source.size());
  const std::string answer =
      walk_grammar(*grammar, choices.first(std::min<size_t>(choices.size(), 64)), 2000);
  require(answer.empty() || nlohmann::json::accept(answer));
  return 0;
}

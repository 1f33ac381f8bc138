// A text of a grammar, chosen by a fuzzer's bytes: as many steps as there are bytes, then the shortest way to
// an end. Shared by the targets of grammars and schemas.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "output/grammar/chart.h"
#include "require.h"

namespace nagare {

// Empty where the way would be longer than `most_bytes`, or where the grammar has too many readings.
inline std::string walk_grammar(const Grammar& grammar, std::span<const uint8_t> choices, size_t most_bytes) {
  Chart chart(grammar);
  chart.set_measuring(true);
  chart.start(grammar.start(grammar.root()));
  std::string text;
  for (const uint8_t choice : choices) {
    if (chart.overflowed()) return {};
    // The first byte from `choice` on that goes on.
    int byte = -1;
    for (int i = 0; i < 256 && byte < 0; ++i) {
      if (chart.can_advance(static_cast<uint8_t>(choice + i))) byte = static_cast<uint8_t>(choice + i);
    }
    if (byte < 0) break;
    require(chart.advance(static_cast<uint8_t>(byte)) || chart.overflowed());
    chart.commit();
    text += static_cast<char>(byte);
  }
  while (!chart.complete()) {
    const int64_t left = chart.bytes_to_end();
    if (chart.overflowed() || text.size() + static_cast<size_t>(left) > most_bytes) return {};
    bool nearer = false;
    for (int byte = 0; byte < 256 && !nearer; ++byte) {
      if (!chart.advance(static_cast<uint8_t>(byte))) continue;
      nearer = chart.bytes_to_end() == left - 1;
      if (!nearer) {
        chart.pop();
        continue;
      }
      chart.commit();
      text += static_cast<char>(byte);
    }
    require(nearer || chart.overflowed());
  }
  return text;
}

}  // namespace nagare

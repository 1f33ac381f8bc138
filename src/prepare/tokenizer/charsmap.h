// SentencePiece's precompiled normalisation ("charsmap"): which beginnings of a text are replaced by what.
// The bytes come from a model file and may be anything; a walk that leaves them matches nothing.
//
// Layout: u32 size of the trie in bytes; the trie, an XOR-compressed double array of u32 (darts-clone: Yata
// et al. 2007, "A compact static double-array keeping character codes"); then the replacements, each ended by
// NUL.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nagare {

class Charsmap {
 public:
  struct Match {
    size_t consumed_bytes = 0;
    std::string_view replacement;
  };

  // Empty bytes: nothing is ever replaced. The bytes must outlive it.
  static Result<Charsmap> create(std::string_view bytes);

  // The longest beginning of `text` that is replaced.
  std::optional<Match> match(std::string_view text) const;

 private:
  std::vector<uint32_t> nodes_;
  std::string_view replacements_;
};

}  // namespace nagare

// Holds an answer to a grammar, token by token: says which tokens may come, follows the one that did, and
// knows when the text is complete. One per answer; the session asks it before each draw.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "output/grammar/token_masks.h"

namespace nagare {

class TokenConstraint {
 public:
  static constexpr int64_t kAnyLength = kNeverEnds;

  TokenConstraint(std::shared_ptr<const Grammar> grammar, std::shared_ptr<const TokenTrie> trie,
                  std::shared_ptr<const Vocab> vocab);

  // The tokens that may come now; tokens that end the answer only where the grammar may end. An error where
  // none may: the vocabulary cannot spell what the grammar wants, or it has too many readings.
  Result<const TokenMask*> allowed();

  // Takes an allowed token. False (and nothing is taken) where the text could then not be completed within
  // `tokens_left` more tokens on the shortest way: forced() gives the token that goes it, to be taken with
  // kAnyLength.
  bool accept(int32_t token, int64_t tokens_left);
  // The longest token on the shortest way to a complete text; kNoToken where the vocabulary has none.
  int32_t forced();

  // May the text end here?
  bool may_end() const { return chart_.complete(); }
  // It is complete, and nothing could follow.
  bool finished() const;
  // Bytes of the shortest way to a complete text.
  int64_t bytes_to_end() const { return chart_.bytes_to_end(); }

 private:
  // A way home that is longer than this is judged by its bytes.
  static constexpr size_t kMostBytesAhead = 4096;
  struct Longest {
    int32_t token = kNoToken;
    size_t bytes = 0;
  };

  bool advance(std::string_view bytes);
  const std::string& shortest_end();
  Longest longest_token(std::string_view bytes) const;
  int64_t tokens_to_end();

  std::shared_ptr<const Grammar> grammar_;
  std::shared_ptr<const TokenTrie> trie_;
  std::shared_ptr<const Vocab> vocab_;
  Chart chart_;
  TokenMasks masks_;
  TokenMask allowed_;  // with end tokens
  std::string end_;    // what shortest_end() found
};

}  // namespace nagare

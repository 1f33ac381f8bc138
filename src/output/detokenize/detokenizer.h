// Token ids → text, as it comes: each token gives what it makes certain, never half a character. It reverses
// what the tokenizer did around the text (the leading space that it put there) and hides control tokens
// unless asked. Used by the sessions, one object per answer; `vocab.piece(id)` has the raw bytes of one token
// for whoever needs these (grammars).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "prepare/tokenizer/vocab.h"

namespace nagare {

struct DetokenizeOptions {
  bool show_special = false;  // write control tokens (<|im_end|>) into the text
  // The first token begins a text: the space that the tokenizer puts before a text is taken off again. False
  // where the ids continue a text (an answer after a raw prompt): there a space is a space.
  bool at_text_start = true;
};

class Detokenizer {
 public:
  explicit Detokenizer(std::shared_ptr<const Vocab> vocab, DetokenizeOptions options = {});

  // The text that became certain by this token; it may be empty. Valid UTF-8: bytes that cannot become a
  // character are given as U+FFFD. The view is good until the next call. Fails where the vocabulary has no
  // such id.
  Result<std::string_view> push(int32_t id);

  // What is left at the end: U+FFFD where a character was never finished. Then it is as new.
  std::string_view finish();

 private:
  void append_certain(std::string_view bytes);

  std::shared_ptr<const Vocab> vocab_;
  DetokenizeOptions options_;
  bool drop_space_;      // the next text token begins the text
  std::string pending_;  // the beginning of a character, at most 3 bytes
  std::string text_;     // what the last call returned
};

// All of them at once.
Result<std::string> detokenize(std::shared_ptr<const Vocab> vocab, std::span<const int32_t> ids,
                               DetokenizeOptions options = {});

}  // namespace nagare

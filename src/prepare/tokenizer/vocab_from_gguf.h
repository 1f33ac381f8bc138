// The vocabulary that a GGUF file carries (keys tokenizer.ggml.*), checked. Files say less than they mean:
// which tokens end an answer, and some types, are known by their texts; known_tokens.h has these.
#pragma once

#include "base/result.h"
#include "formats/gguf/gguf_file.h"
#include "prepare/tokenizer/vocab.h"

namespace nagare {

// The result does not point into the file.
Result<Vocab> vocab_from_gguf(const GgufFile& file);

}  // namespace nagare

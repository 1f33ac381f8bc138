// Tokens known by their texts: ends of turns and of answers, and the marks of fill-in-the-middle. Model files
// name only some of them by id. Called while a vocabulary is being read.
#pragma once

#include "prepare/tokenizer/vocab.h"

namespace nagare {

// Completes data.special, data.end_of_generation and data.types from data.texts; what a file says itself
// stays. A token that ends a turn becomes a control token, whatever the file says, so that no user's text can
// be one.
void complete_from_known_texts(VocabData& data);

}  // namespace nagare

// One answer of a model: streamed to standard output, its numbers for people and as JSON. Shared by run, chat
// and the demonstration.
#pragma once

#include <atomic>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "engine/text_session.h"
#include "text_sink.h"

namespace nagare::cli {

// Generates, and gives the text to `sink` (may be empty) as it comes. A write that fails stops the answer and
// is the error. `stop` may be raised by others (interrupt.h).
Result<GenerateResult> stream_answer(TextSession& session, std::span<const int32_t> prompt,
                                     const GenerateOptions& options, const TextSink& sink,
                                     std::atomic<bool>& stop);

// "14 tokens in at 16,437/s · 25 out at 547/s · end".
std::string describe(const GenerateResult& result);
nlohmann::ordered_json to_json(const GenerateResult& result);
// The stations of what was traced.
nlohmann::ordered_json stations_json(const Tracer& tracer);

// The prompt's tokens: of the conversation by the model's template, or, with `raw` or without a template, of
// the last message's text alone.
Result<std::vector<int32_t>> prompt_tokens(const TextSession& session, const TextModel& model,
                                           const std::vector<ChatMessage>& messages, bool raw);

}  // namespace nagare::cli

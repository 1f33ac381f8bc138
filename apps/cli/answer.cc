#include "answer.h"

#include <cmath>

#include "base/printable.h"
#include "trace/summary.h"

namespace nagare::cli {
namespace {

std::string rate(double per_second) {
  if (per_second >= 100) return grouped(static_cast<uint64_t>(std::llround(per_second)));
  return fmt::format("{:.1f}", per_second);
}

}  // namespace

Result<GenerateResult> stream_answer(TextSession& session, std::span<const int32_t> prompt,
                                     const GenerateOptions& options, const TextSink& sink,
                                     std::atomic<bool>& stop) {
  Status written;
  const auto on_text = [&](std::string_view text) {
    if (!sink || !written) return;
    written = sink(text);
    if (!written) stop.store(true);
  };
  ASSIGN_OR_RETURN(GenerateResult result, session.generate(prompt, options, on_text, &stop));
  RETURN_IF_ERROR(std::move(written));
  return result;
}

std::string describe(const GenerateResult& result) {
  std::string in = fmt::format("{} tokens in", result.prompt_tokens);
  if (result.reused_tokens > 0) in += fmt::format(", {} of them known", result.reused_tokens);
  std::string ahead;
  if (result.proposed_tokens > 0) {
    ahead =
        fmt::format(" ({} of {} proposed ones were right)", result.accepted_tokens, result.proposed_tokens);
  }
  return fmt::format("{} at {}/s · {} out at {}/s{} · {}", in, rate(result.prompt_tokens_per_second()),
                     result.tokens.size(), rate(result.generate_tokens_per_second()), ahead,
                     name(result.reason));
}

nlohmann::ordered_json to_json(const GenerateResult& result) {
  return {{"text", result.text},
          {"tokens", result.tokens},
          {"reason", name(result.reason)},
          {"prompt_tokens", result.prompt_tokens},
          {"reused_tokens", result.reused_tokens},
          {"generated_tokens", result.tokens.size()},
          {"proposed_tokens", result.proposed_tokens},
          {"accepted_tokens", result.accepted_tokens},
          {"acceptance", result.acceptance()},
          {"prompt_seconds", result.prompt_seconds},
          {"generate_seconds", result.generate_seconds},
          {"prompt_tokens_per_second", result.prompt_tokens_per_second()},
          {"generate_tokens_per_second", result.generate_tokens_per_second()}};
}

nlohmann::ordered_json stations_json(const Tracer& tracer) {
  nlohmann::ordered_json stations = nlohmann::ordered_json::array();
  for (const StationSummary& station : summarise(tracer)) {
    stations.push_back({{"station", name(station.station)},
                        {"calls", station.calls},
                        {"seconds", static_cast<double>(station.total_ns) * 1e-9},
                        {"bytes", station.bytes},
                        {"flops", station.flops},
                        {"main_solver", station.main_solver},
                        {"main_solver_seconds", static_cast<double>(station.main_solver_ns) * 1e-9}});
  }
  return stations;
}

Result<std::vector<int32_t>> prompt_tokens(const TextSession& session, const TextModel& model,
                                           const std::vector<ChatMessage>& messages, bool raw) {
  if (raw || model.chat_template() == nullptr) return session.text_tokens(messages.back().content);
  return session.chat_tokens(messages);
}

}  // namespace nagare::cli

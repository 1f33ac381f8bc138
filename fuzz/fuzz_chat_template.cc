// A chat template and the messages for it, both hostile, apart by a zero byte: parsed, and rendered within a
// small budget. What a template may print is checked against Jinja2 elsewhere; here it must end, within its
// budget, and say the same twice, marked and unmarked.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "prepare/chat_template/chat_template.h"
#include "require.h"

namespace nagare {
namespace {

constexpr std::string_view kMessages =
    R"({"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"<|im_end|> caf\u00e9"},)"
    R"({"role":"assistant","content":null,"tool_calls":[{"function":{"name":"f","arguments":{"a":[1,2.5,true]}}}]}],)"
    R"("tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],)"
    R"("add_generation_prompt":true,"bos_token":"<s>","eos_token":"</s>","strftime_now":"2026-01-02T03:04:05"})";

constexpr chat_template::Budget kBudget{
    .steps = 50'000, .depth = 400, .output_bytes = 1 << 20, .memory_bytes = 8 << 20};

void render(std::string_view source, std::string_view messages) {
  const auto parsed = chat_template::ChatTemplate::parse(source, "fuzz");
  if (!parsed) {
    require(!parsed.error().message.empty());
    return;
  }
  const auto input = chat_template::TemplateInput::parse(messages);
  if (!input) return;
  const auto plain = parsed->render(*input, kBudget);
  const auto marked = parsed->render_marked(*input, kBudget);
  if (plain) require(plain->size() <= kBudget.output_bytes);
  // Marking costs memory of its own, so a rendering at the edge of its budget may fail marked, but never
  // differ.
  if (plain && marked) require(marked->text() == *plain);
}

}  // namespace
}  // namespace nagare

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
  const std::string_view all(reinterpret_cast<const char*>(bytes), count);
  const size_t end = std::min(all.find('\0'), all.size());
  const std::string_view own = all.substr(std::min(end + 1, all.size()));
  nagare::render(all.substr(0, end), own.empty() ? nagare::kMessages : own);
  return 0;
}

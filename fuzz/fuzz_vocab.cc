// Any bytes as a GGUF file: where its vocabulary is accepted, a tokenizer is built from it, a text encoded,
// and every token asked for what it is.
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

#include "formats/gguf/gguf_file.h"
#include "output/detokenize/detokenizer.h"
#include "prepare/tokenizer/tokenizer.h"
#include "prepare/tokenizer/vocab_from_gguf.h"
#include "require.h"

namespace nagare {
namespace {

void use(const GgufFile& file) {
  auto vocab = vocab_from_gguf(file);
  if (!vocab) return;
  for (const std::string& warning : vocab->warnings()) require(warning.find('\n') == std::string::npos);
  for (const auto& [name, id] : special_token_names()) {
    require(vocab->special().*id == kNoToken || vocab->contains(vocab->special().*id));
  }
  for (const int32_t id : vocab->end_of_generation_ids()) require(vocab->contains(id));
  for (int32_t id = 0; id < vocab->size(); ++id) require(vocab->find(vocab->text(id)) == id);
  for (const Merge& merge : vocab->merges()) {
    require(vocab->contains(merge.left) && vocab->contains(merge.right) && vocab->contains(merge.merged));
  }
  const auto shared = std::make_shared<const Vocab>(std::move(*vocab));
  const auto tokenizer = Tokenizer::create(shared);
  if (!tokenizer) return;
  constexpr std::string_view kText = "a b  ab <s> <|im_end|> \xE4\xB8\xAD\xC3\xA9\xFF walk,walking\n\n12";
  const auto ids = (*tokenizer)->encode(kText, {.parse_special = true});
  if (!ids) return;
  for (const int32_t id : *ids) require(shared->contains(id));
  require(detokenize(shared, *ids).has_value());
}

}  // namespace
}  // namespace nagare

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
  // Aligned as a mapped file is.
  constexpr std::align_val_t kAlignment{64};
  auto* const copy = static_cast<std::byte*>(::operator new(count + 1, kAlignment));
  if (count > 0) std::memcpy(copy, bytes, count);
  if (const auto file = nagare::GgufFile::parse({copy, count})) nagare::use(*file);
  ::operator delete(copy, kAlignment);
  return 0;
}

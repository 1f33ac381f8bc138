// The text that a chat template makes of a conversation: for `nagare template`.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nagare {

// `path` is a model file (GGUF) that brings a template, or a template in a file of its own. `input_json` is
// an object with `messages`, and what else the template knows (prepare/chat_template/chat_template.h); the
// special tokens that it leaves out are the model's.
Result<std::string> render_template_file(const std::filesystem::path& path, std::string_view input_json);

}  // namespace nagare

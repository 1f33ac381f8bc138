// Models split over several GGUF files, as llama.cpp's gguf-split writes them: NAME-00001-of-00003.gguf and
// so on, the keys split.no, split.count and split.tensors.count in each, the metadata in the first.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "formats/gguf/gguf_file.h"

namespace nagare {

// Opens a model from its only file or from any of its parts; the result has the first part's metadata and the
// tensors of all. A part that is missing, repeated, miscounted or of another model is an error that names it.
Result<GgufFile> open_gguf_model(const std::filesystem::path& path);

}  // namespace nagare

// Looks at every number of every tensor: `--check`. Reads the whole file, a second or two per thousand
// million weights.
#pragma once

#include "base/result.h"
#include "formats/gguf/gguf_file.h"

namespace nagare {

// An error names the first tensor that holds NaN or an infinity, and where.
Status check_finite(const GgufFile& file);

}  // namespace nagare

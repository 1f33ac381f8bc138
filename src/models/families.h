// The families, one function each, defined in the file of the family's name.
#pragma once

#include "models/model.h"
#include "models/model_reader.h"

namespace nagare {

Result<ModelDescription> describe_gpt2(const GgufFile& file);
Result<ModelDescription> describe_llama(const GgufFile& file);
Result<ModelDescription> describe_qwen2(const GgufFile& file);

}  // namespace nagare

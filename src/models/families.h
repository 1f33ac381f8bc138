// The families, one function each, defined in the file of the family's name.
#pragma once

#include "models/model.h"

namespace nagare {

Result<ModelDescription> describe_bert(const GgufFile& file, const DescribeOptions& options);
Result<ModelDescription> describe_bloom(const GgufFile& file, const DescribeOptions& options);
Result<ModelDescription> describe_falcon(const GgufFile& file, const DescribeOptions& options);
Result<ModelDescription> describe_gemma(const GgufFile& file, const DescribeOptions& options);
Result<ModelDescription> describe_gemma2(const GgufFile& file, const DescribeOptions& options);
Result<ModelDescription> describe_gemma3(const GgufFile& file, const DescribeOptions& options);
Result<ModelDescription> describe_gpt2(const GgufFile& file, const DescribeOptions& options);
Result<ModelDescription> describe_gptneox(const GgufFile& file, const DescribeOptions& options);
Result<ModelDescription> describe_llama(const GgufFile& file, const DescribeOptions& options);
Result<ModelDescription> describe_nomic_bert(const GgufFile& file, const DescribeOptions& options);
Result<ModelDescription> describe_olmo2(const GgufFile& file, const DescribeOptions& options);
Result<ModelDescription> describe_phi2(const GgufFile& file, const DescribeOptions& options);
Result<ModelDescription> describe_phi3(const GgufFile& file, const DescribeOptions& options);
Result<ModelDescription> describe_qwen2(const GgufFile& file, const DescribeOptions& options);
Result<ModelDescription> describe_qwen2moe(const GgufFile& file, const DescribeOptions& options);
Result<ModelDescription> describe_qwen3(const GgufFile& file, const DescribeOptions& options);
Result<ModelDescription> describe_qwen3moe(const GgufFile& file, const DescribeOptions& options);
Result<ModelDescription> describe_stablelm(const GgufFile& file, const DescribeOptions& options);
Result<ModelDescription> describe_starcoder2(const GgufFile& file, const DescribeOptions& options);

}  // namespace nagare

// THE list of families.
#include "models/model.h"

#include <fmt/ranges.h>

#include <array>

#include "base/printable.h"
#include "models/families.h"

namespace nagare {
namespace {

struct Family {
  std::string_view architecture;
  Result<ModelDescription> (*describe)(const GgufFile&, const DescribeOptions&);
};

constexpr std::array kFamilies{
    Family{"bert", &describe_bert},
    Family{"bloom", &describe_bloom},
    Family{"falcon", &describe_falcon},
    Family{"gemma", &describe_gemma},
    Family{"gemma2", &describe_gemma2},
    Family{"gemma3", &describe_gemma3},
    Family{"gpt2", &describe_gpt2},
    Family{"gptneox", &describe_gptneox},
    Family{"llama", &describe_llama},
    Family{"nomic-bert", &describe_nomic_bert},
    Family{"olmo2", &describe_olmo2},
    Family{"phi2", &describe_phi2},
    Family{"phi3", &describe_phi3},
    Family{"qwen2", &describe_qwen2},
    Family{"qwen2moe", &describe_qwen2moe},
    Family{"qwen3", &describe_qwen3},
    Family{"qwen3moe", &describe_qwen3moe},
    Family{"stablelm", &describe_stablelm},
    Family{"starcoder2", &describe_starcoder2},
};

}  // namespace

std::vector<std::string_view> supported_architectures() {
  std::vector<std::string_view> names;
  names.reserve(std::size(kFamilies));
  for (const Family& family : kFamilies) names.push_back(family.architecture);
  return names;
}

Result<ModelDescription> describe_model(const GgufFile& file, const DescribeOptions& options) {
  ASSIGN_OR_RETURN(const std::string_view architecture, file.require_string("general.architecture"));
  for (const Family& family : kFamilies) {
    if (family.architecture != architecture) continue;
    ASSIGN_OR_RETURN(ModelDescription model, family.describe(file, options));
    RETURN_IF_ERROR(model.graph.status());
    ASSIGN_OR_RETURN(const std::string_view name, file.string_or("general.name", ""));
    model.architecture = std::string(architecture);
    model.name = std::string(name);
    return model;
  }
  return unsupported("model: architecture '{}' is not supported; supported are {}", printable(architecture),
                     fmt::join(supported_architectures(), ", "));
}

}  // namespace nagare

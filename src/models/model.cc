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
  Result<ModelDescription> (*describe)(const GgufFile&);
};

constexpr std::array kFamilies{
    Family{"gpt2", &describe_gpt2},
    Family{"llama", &describe_llama},
    Family{"qwen2", &describe_qwen2},
};

}  // namespace

std::vector<std::string_view> supported_architectures() {
  std::vector<std::string_view> names;
  names.reserve(std::size(kFamilies));
  for (const Family& family : kFamilies) names.push_back(family.architecture);
  return names;
}

Result<ModelDescription> describe_model(const GgufFile& file) {
  ASSIGN_OR_RETURN(const std::string_view architecture, file.require_string("general.architecture"));
  for (const Family& family : kFamilies) {
    if (family.architecture != architecture) continue;
    ASSIGN_OR_RETURN(ModelDescription model, family.describe(file));
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

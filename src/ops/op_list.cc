#include "ops/op_list.h"

#include <fmt/ranges.h>

#include <array>

#include "ops/gemm/gemm.h"
#include "ops/norm/norm.h"

namespace nagare {

std::span<const Op* const> all_ops() {
  static const std::array<const Op*, 2> ops{&gemm_op(), &norm_op()};
  return ops;
}

Result<const Op*> find_op(std::string_view name) {
  std::vector<std::string_view> known;
  for (const Op* op : all_ops()) {
    if (op->name() == name) return op;
    known.push_back(op->name());
  }
  return bad_input("no op is called '{}'; there are: {}", name, fmt::join(known, ", "));
}

}  // namespace nagare

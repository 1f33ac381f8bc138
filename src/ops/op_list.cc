#include "ops/op_list.h"

#include <fmt/ranges.h>

#include <array>

#include "ops/activation/activation.h"
#include "ops/attention/attention.h"
#include "ops/elementwise/elementwise.h"
#include "ops/embed/embed.h"
#include "ops/embed/gather.h"
#include "ops/gemm/gemm.h"
#include "ops/moe/combine.h"
#include "ops/moe/route.h"
#include "ops/norm/norm.h"
#include "ops/rope/rope.h"
#include "ops/rope/rope_table.h"

namespace nagare {

std::span<const Op* const> all_ops() {
  static const std::array ops{&gemm_op(),       &norm_op(),        &rope_op(),   &rope_table_op(),
                              &activation_op(), &elementwise_op(), &embed_op(),  &gather_op(),
                              &attention_op(),  &route_op(),       &combine_op()};
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

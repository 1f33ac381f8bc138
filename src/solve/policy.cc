// The user's part of the selection, checked before anything is loaded.
#include <fmt/ranges.h>

#include "base/printable.h"
#include "solve/selector.h"
#include "solve/solver_name.h"

namespace nagare {
namespace {

bool exists(const SolverName& wanted, std::span<const Op* const> ops) {
  for (const Op* op : ops) {
    for (const std::string_view id : op->solver_ids()) {
      if (wanted.means(op->name(), id)) return true;
    }
  }
  return false;
}

std::string list_ids(std::span<const Op* const> ops) {
  std::vector<std::string> lists;
  for (const Op* op : ops)
    lists.push_back(fmt::format("{}: {}", op->name(), fmt::join(op->solver_ids(), ", ")));
  return fmt::format("{}", fmt::join(lists, "; "));
}

Status check_names(const char* option, const std::vector<std::string>& names,
                   std::span<const Op* const> ops) {
  for (const std::string& text : names) {
    if (exists(SolverName::parse(text), ops)) continue;
    return bad_input("{} {}: no solver is called so; there are {}", option, printable(text, 80),
                     list_ids(ops));
  }
  return {};
}

}  // namespace

Result<FindMode> parse_find_mode(std::string_view text) {
  if (text == "off") return FindMode::kOff;
  if (text == "quick") return FindMode::kQuick;
  if (text == "full") return FindMode::kFull;
  return bad_input("--find {}: must be off, quick or full", printable(text, 40));
}

Status check_policy(const SelectionPolicy& policy, std::span<const Op* const> ops) {
  RETURN_IF_ERROR(check_names("--solver", policy.forced, ops));
  RETURN_IF_ERROR(check_names("--without", policy.without, ops));
  for (const std::string& text : policy.forced) {
    for (const std::string& other : policy.without) {
      const SolverName forced = SolverName::parse(text);
      const SolverName forbidden = SolverName::parse(other);
      if (forced.id == forbidden.id && (forbidden.op.empty() || forbidden.op == forced.op)) {
        return bad_input("--solver {} and --without {} contradict each other; leave one out", text, other);
      }
    }
  }
  return {};
}

}  // namespace nagare

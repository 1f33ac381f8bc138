// A solver as the user names it: "avx2", of every op that has it, or "gemm:avx2".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nagare {

struct SolverName {
  std::string_view op;  // empty: every op
  std::string_view id;

  // Both parts point into `text`.
  static SolverName parse(std::string_view text) {
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos) return {{}, text};
    return {text.substr(0, colon), text.substr(colon + 1)};
  }
  bool means(std::string_view op_name, std::string_view solver_id) const {
    return (op.empty() || op == op_name) && id == solver_id;
  }
};

inline bool any_means(const std::vector<std::string>& names, std::string_view op, std::string_view id) {
  for (const std::string& text : names) {
    if (SolverName::parse(text).means(op, id)) return true;
  }
  return false;
}

}  // namespace nagare

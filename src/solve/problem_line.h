// A problem as one line of text: `gemm m=1 n=4096 k=4096 a=f32 b=q4_K c=f32 epilogue=none`.
//
// The line is the key of the perf-db, the log, the trace, the test cases, the bug report and the benchmark.
// Here it is only text: an op's name and its fields in order. What the fields mean is the op's business.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace nagare {

class ProblemLine {
 public:
  explicit ProblemLine(std::string op) : op_(std::move(op)) {}

  // Accepts what print() gives, with any spacing. Refuses lines over 4 KiB, fields without '=', empty or
  // repeated keys, and characters outside [A-Za-z0-9_.+-].
  static Result<ProblemLine> parse(std::string_view text);
  std::string print() const;

  ProblemLine& add(std::string_view key, std::string_view value);
  ProblemLine& add(std::string_view key, int64_t value);

  const std::string& op() const { return op_; }
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

  // Typed access; the error names the op, the key and what was expected.
  Result<std::string> text(std::string_view key) const;
  std::string text_or(std::string_view key, std::string_view fallback) const;
  Result<int64_t> integer(std::string_view key, int64_t lowest, int64_t highest) const;
  Result<int64_t> integer_or(std::string_view key, int64_t lowest, int64_t highest, int64_t fallback) const;
  // An error naming the first field that is not in `known`.
  Status only(std::initializer_list<std::string_view> known) const;

 private:
  const std::string* find(std::string_view key) const;

  std::string op_;
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace nagare

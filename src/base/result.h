// Errors as values: what every room's door returns.
//
// A function that can fail returns Result<T> (or Status, when it has nothing to give). An Error says what
// went wrong, where, and what to do, in one line that a user can read; its kind decides the exit code and the
// HTTP status. Asserts are for our own bugs only: no file and no request may reach one.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace nagare {

enum class ErrorKind : uint8_t {
  kBadInput,     // the file, the text or the option is wrong: exit code 2, HTTP 400
  kUnsupported,  // valid, but nothing here can do it: exit code 2, HTTP 400
  kOutOfMemory,  // a limit or an allocation: exit code 1, HTTP 503
  kCancelled,    // the caller asked to stop: exit code 1
  kFailure,      // the machine failed us (disk, device, library): exit code 1, HTTP 500
};

struct Error {
  ErrorKind kind = ErrorKind::kFailure;
  std::string message;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

// The exit code of a program that ends with this error: 2 for bad input, 1 for failure.
constexpr int exit_code(ErrorKind kind) {
  return kind == ErrorKind::kBadInput || kind == ErrorKind::kUnsupported ? 2 : 1;
}

template <class... Args>
std::unexpected<Error> bad_input(fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(Error{ErrorKind::kBadInput, fmt::format(format, std::forward<Args>(args)...)});
}
template <class... Args>
std::unexpected<Error> unsupported(fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(Error{ErrorKind::kUnsupported, fmt::format(format, std::forward<Args>(args)...)});
}
template <class... Args>
std::unexpected<Error> failure(fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(Error{ErrorKind::kFailure, fmt::format(format, std::forward<Args>(args)...)});
}
template <class... Args>
std::unexpected<Error> out_of_memory(fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(Error{ErrorKind::kOutOfMemory, fmt::format(format, std::forward<Args>(args)...)});
}

}  // namespace nagare

#define NAGARE_CONCAT_INNER(a, b) a##b
#define NAGARE_CONCAT(a, b) NAGARE_CONCAT_INNER(a, b)

// RETURN_IF_ERROR(status_expression);
#define RETURN_IF_ERROR(expression)                       \
  do {                                                    \
    if (auto status_ = (expression); !status_) {          \
      return std::unexpected(std::move(status_.error())); \
    }                                                     \
  } while (false)

// ASSIGN_OR_RETURN(auto value, result_expression);
#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_INNER(NAGARE_CONCAT(result_, __LINE__), declaration, expression)
#define ASSIGN_OR_RETURN_INNER(result, declaration, expression)   \
  auto result = (expression);                                     \
  if (!result) return std::unexpected(std::move(result.error())); \
  declaration = std::move(*result)

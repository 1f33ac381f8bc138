// Dates as Python's strftime prints them, in the C locale.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nagare::chat_template {

std::chrono::local_seconds current_local_time();
// "2026-01-02T03:04:05", also with a space for the T, without seconds, or without a time.
Result<std::chrono::local_seconds> parse_date(std::string_view text);
// %-conversions; at most 4,096 bytes come out.
Result<std::string> format_date(std::string_view format, std::chrono::local_seconds time);

}  // namespace nagare::chat_template

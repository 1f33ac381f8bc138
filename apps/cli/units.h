// Sizes and numbers as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace nagare::cli {

// 4096 → "4.10 kB", in steps of 1000; three digits.
std::string bytes_text(uint64_t bytes);
// 1100048384 → "1.10 G".
std::string count_text(uint64_t count);
// Per second, with a unit: 12.8e9 and "B/s" → "12.8 GB/s".
std::string rate_text(double rate, const char* unit);

}  // namespace nagare::cli

#include "prepare/chat_template/date_format.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace nagare::chat_template {
namespace {

constexpr size_t kMaxBytes = 4'096;

std::tm broken_down(std::chrono::local_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::tm result{};
  result.tm_year = static_cast<int>(date.year()) - 1900;
  result.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  result.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
  result.tm_hour = static_cast<int>(clock.hours().count());
  result.tm_min = static_cast<int>(clock.minutes().count());
  result.tm_sec = static_cast<int>(clock.seconds().count());
  result.tm_wday = static_cast<int>(std::chrono::weekday(day).c_encoding());
  const std::chrono::local_days new_year(date.year() / std::chrono::January / 1);
  result.tm_yday = static_cast<int>((day - new_year).count());
  result.tm_isdst = -1;
  return result;
}

// One conversion, by the C library. Only what has no width, so that its length is bounded.
std::string converted(const std::tm& time, char flag, char conversion) {
  const std::array<char, 4> format = {'%', flag != '\0' ? flag : conversion, flag != '\0' ? conversion : '\0',
                                      '\0'};
  std::array<char, 128> buffer{};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  const size_t length = std::strftime(buffer.data(), buffer.size(), format.data(), &time);
#pragma GCC diagnostic pop
  return std::string(buffer.data(), length);
}

}  // namespace

std::chrono::local_seconds current_local_time() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  return std::chrono::local_seconds(std::chrono::seconds(now + local.tm_gmtoff));
}

Result<std::chrono::local_seconds> parse_date(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  char separator = 'T';
  int read = 0;
  const std::string copy(text.substr(0, 64));
  // NOLINTNEXTLINE(cert-err34-c): every number has a bounded width and is checked below.
  const int fields = std::sscanf(copy.c_str(), "%4d-%2u-%2u%n%c%2d:%2d%n:%2d%n", &year, &month, &day, &read,
                                 &separator, &hour, &minute, &read, &second, &read);
  const bool is_complete = fields == 3 || (fields >= 6 && (separator == 'T' || separator == ' '));
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  const bool is_time = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
  if (!is_complete || !date.ok() || year < 1 || !is_time || static_cast<size_t>(read) != text.size()) {
    return bad_input("'{}' is no date and time like 2026-01-02T03:04:05", text.substr(0, 64));
  }
  return std::chrono::local_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

Result<std::string> format_date(std::string_view format, std::chrono::local_seconds time) {
  constexpr std::string_view kConversions = "aAbBcCdDeFgGhHIjklmMnpPrRStTuUVwWxXyY";
  constexpr std::string_view kFlags = "-_0^#";
  const std::tm broken = broken_down(time);
  std::string result;
  for (size_t i = 0; i < format.size(); ++i) {
    if (result.size() > kMaxBytes) return bad_input("strftime: the date is longer than {} bytes", kMaxBytes);
    if (format[i] != '%' || i + 1 == format.size()) {
      result.push_back(format[i]);
      continue;
    }
    ++i;
    const char flag = kFlags.find(format[i]) != std::string_view::npos ? format[i++] : '\0';
    const char conversion = i < format.size() ? format[i] : '\0';
    if (kConversions.find(conversion) != std::string_view::npos && conversion != '\0') {
      result += converted(broken, flag, conversion);
    } else if (conversion == '%') {
      result.push_back('%');
    } else if (conversion == 'f') {
      result += "000000";
    } else if (conversion != 'z' && conversion != 'Z') {  // a time without a zone: both empty
      return bad_input("strftime: unknown conversion '%{}'",
                       format.substr(i - 1 + (flag != '\0' ? 0 : 1), 2));
    }
  }
  return result;
}

}  // namespace nagare::chat_template

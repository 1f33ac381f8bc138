// A solver's answer to "can you do this problem on this device?": yes, or no with a reason that a user can
// act on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nagare {

enum class Refusal : uint8_t {
  kNone,
  kMissingIsa,  // the processor or GPU lacks an instruction set
  kShape,
  kDtype,
  kLayout,
  kEpilogue,
  kNotBuilt,      // the library was not there when nagare was built, or is not there now
  kForbidden,     // --without
  kWrongNumbers,  // failed the comparison with the reference on this device
  kCrashed,
  kTimedOut,
  kMemory,
  kFailed,   // it said yes, and then could not be prepared
  kUntried,  // may crash and was never tried on this device; `find` tries it
};

struct Verdict {
  bool accepted = true;
  Refusal refusal = Refusal::kNone;
  std::string reason;

  static Verdict yes() { return {}; }
  static Verdict no(Refusal refusal, std::string reason) { return {false, refusal, std::move(reason)}; }
  explicit operator bool() const { return accepted; }
};

std::string_view name(Refusal refusal);
// The refusal of that name; nothing where there is none.
std::optional<Refusal> parse_refusal(std::string_view text);

}  // namespace nagare

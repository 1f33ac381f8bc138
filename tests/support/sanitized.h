#pragma once

// Whether this build runs under a sanitizer: it takes memory and address space of its own and is slower, so
// what a test says about either does not hold there.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define NAGARE_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NAGARE_SANITIZED 1
#endif

namespace nagare::test {

#ifdef NAGARE_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace nagare::test

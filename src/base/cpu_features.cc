#include "base/cpu_features.h"

#include <cstdlib>

namespace nagare {

std::string describe(const CpuFeatures& features) {
  if (!features.avx512) return features.avx2 ? "avx2" : "generic";
  std::string extras;
  if (features.avx512_vnni) extras += "vnni";
  if (features.avx512_bf16) extras += extras.empty() ? "bf16" : ", bf16";
  return extras.empty() ? "avx512" : "avx512 (" + extras + ")";
}

CpuFeatures detect_cpu_features() {
  CpuFeatures found;
#if defined(__x86_64__)
  __builtin_cpu_init();
  // __builtin_cpu_supports also checks that the operating system saves the wide registers.
  found.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("f16c");
  found.avx512 = found.avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                 __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  found.avx512_vnni = found.avx512 && __builtin_cpu_supports("avx512vnni");
  found.avx512_bf16 = found.avx512 && __builtin_cpu_supports("avx512bf16");
#endif
  return found;
}

Result<CpuFeatures> limit_cpu_features(CpuFeatures features, const std::string& level) {
  if (level.empty()) return features;
  if (level == "generic") return CpuFeatures{};
  if (level == "avx2") {
    if (!features.avx2) return bad_input("NAGARE_CPU=avx2: this processor has no AVX2 with FMA and F16C");
    return CpuFeatures{.avx2 = true};
  }
  if (level == "avx512") {
    if (!features.avx512) return bad_input("NAGARE_CPU=avx512: this processor has no AVX-512 F, BW, DQ, VL");
    return features;
  }
  return bad_input("NAGARE_CPU={}: not an instruction set; use generic, avx2 or avx512", level);
}

Result<CpuFeatures> usable_cpu_features() {
  const char* level = std::getenv("NAGARE_CPU");
  return limit_cpu_features(detect_cpu_features(), level == nullptr ? "" : level);
}

}  // namespace nagare

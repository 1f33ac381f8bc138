// What the processor can do, found once at run time. NAGARE_CPU=generic|avx2|avx512 hides the rest, so that
// every instruction-set path can be forced on one machine (the tests do).
#pragma once

#include <string>

#include "base/result.h"

namespace nagare {

// Plain data; a solver asks for the bits it uses.
struct CpuFeatures {
  bool avx2 = false;    // AVX2 with FMA, F16C and BMI2: always together here
  bool avx512 = false;  // AVX-512 F, BW, DQ, VL
  bool avx512_vnni = false;
  bool avx512_bf16 = false;

  bool operator==(const CpuFeatures&) const = default;
};

// "generic", "avx2" or "avx512" with what it has beside it, for people: "avx512 (vnni, bf16)".
std::string describe(const CpuFeatures& features);

// What this processor and operating system offer, with nothing hidden.
CpuFeatures detect_cpu_features();

// `features` reduced to the level named by `level` ("" changes nothing). An unknown name, or a level that the
// processor lacks, is an error that names the valid ones.
Result<CpuFeatures> limit_cpu_features(CpuFeatures features, const std::string& level);

// detect + NAGARE_CPU. Called once, when the device is opened.
Result<CpuFeatures> usable_cpu_features();

}  // namespace nagare

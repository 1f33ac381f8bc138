// The solvers of gemm, for its list alone.
#pragma once

#include "ops/gemm/gemm.h"

namespace nagare {

const GemmSolver& gemm_avx512_vnni_n16();
const GemmSolver& gemm_avx2_i8_n16();
const GemmSolver& gemm_generic_i8_n16();
const GemmSolver& gemm_avx512_vnni_i16_n16();
const GemmSolver& gemm_avx512_f32_n16();
const GemmSolver& gemm_avx2_f32_n16();
const GemmSolver& gemm_generic_f32_n16();
const GemmSolver& gemm_onednn();
const GemmSolver& gemm_openblas();
const GemmSolver& gemm_reference();

}  // namespace nagare

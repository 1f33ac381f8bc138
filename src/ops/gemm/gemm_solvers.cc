#include "ops/gemm/gemm_solvers.h"

namespace nagare {

const std::vector<const GemmSolver*>& gemm_solvers() {
  static const std::vector<const GemmSolver*> all{
      &gemm_avx512_vnni_n16(), &gemm_avx2_i8_n16(),  &gemm_generic_i8_n16(),  &gemm_avx512_vnni_i16_n16(),
      &gemm_avx512_f32_n16(),  &gemm_avx2_f32_n16(), &gemm_generic_f32_n16(), &gemm_onednn(),
      &gemm_openblas(),        &gemm_reference()};
  return all;
}

}  // namespace nagare

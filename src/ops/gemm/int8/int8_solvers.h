// The int8 kernels of each instruction set, and the driver that makes solvers of them.
#pragma once

#include "ops/gemm/int8/int8_tile.h"

namespace nagare::gemm {

const Int8Kernels& int8_avx512();
const Int8Kernels& int8_avx2();
const Int8Kernels& int8_generic();

}  // namespace nagare::gemm

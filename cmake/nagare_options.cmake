# The flags of every target, in one place.
add_library(nagare_options INTERFACE)
target_compile_options(nagare_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -fno-math-errno -fvisibility=hidden)
target_include_directories(nagare_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
# The same bits everywhere: the compiler must not contract a*b+c on its own. Kernels write fma() where they mean it.
target_compile_options(nagare_options INTERFACE -ffp-contract=off)
target_compile_definitions(nagare_options INTERFACE SPDLOG_FMT_EXTERNAL)

if(NAGARE_SANITIZE)
  target_compile_options(nagare_options INTERFACE -fsanitize=${NAGARE_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(nagare_options INTERFACE -fsanitize=${NAGARE_SANITIZE})
endif()

# Instruction sets: a kernel file is compiled for one of them and called only after a check at run time.
set(NAGARE_AVX2_FLAGS -mavx2 -mfma -mf16c -mbmi2)
set(NAGARE_AVX512_FLAGS ${NAGARE_AVX2_FLAGS} -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni
  -mavx512bf16 -mprefer-vector-width=512)

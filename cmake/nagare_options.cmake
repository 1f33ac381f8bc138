# The flags of every target, in one place.
add_library(nagare_options INTERFACE)
target_compile_options(nagare_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wno-missing-field-initializers  # designated initialisers leave the rest at their defaults on purpose
  -fno-math-errno -fvisibility=hidden)
target_include_directories(nagare_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
# The same bits everywhere: the compiler must not contract a*b+c on its own. Kernels write fma() where they mean it.
target_compile_options(nagare_options INTERFACE -ffp-contract=off)
target_compile_definitions(nagare_options INTERFACE SPDLOG_FMT_EXTERNAL)

# ccache where it is there, sharing its hits between checkouts of the same sources.
find_program(NAGARE_CCACHE ccache)
if(NAGARE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${NAGARE_CCACHE})
endif()

if(NAGARE_FUZZ)
  target_compile_options(nagare_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(NAGARE_SANITIZE)
  target_compile_options(nagare_options INTERFACE -fsanitize=${NAGARE_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  if(NAGARE_SANITIZE MATCHES undefined)
    # Null pointers and objects too small are AddressSanitizer's to find; these checks cost a third of a compilation.
    target_compile_options(nagare_options INTERFACE
      -fno-sanitize=null,object-size,vptr,nonnull-attribute,returns-nonnull-attribute)
  endif()
  target_link_options(nagare_options INTERFACE -fsanitize=${NAGARE_SANITIZE})
endif()

# Instruction sets: a kernel file is compiled for one of them and called only after a check at run time.
set(NAGARE_AVX2_FLAGS -mavx2 -mfma -mf16c -mbmi2)
set(NAGARE_AVX512_FLAGS ${NAGARE_AVX2_FLAGS} -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni
  -mavx512bf16 -mprefer-vector-width=512)
# GCC 12's own AVX-512 headers trip its warning about uninitialised values (GCC bug 105593).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND NAGARE_AVX512_FLAGS -Wno-uninitialized -Wno-maybe-uninitialized)
endif()

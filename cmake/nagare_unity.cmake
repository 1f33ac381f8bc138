# nagare_unity(TARGET): with NAGARE_UNITY, sources of a target that can share a translation unit are compiled in one.
# Most of a compilation is the headers: a build from nothing, which is what ./run and ./test begin with, takes two thirds
# of the time. While working, the debug preset or -DNAGARE_UNITY=OFF compiles each source by itself.
# Which sources share one is for tools/unity_groups.py to say; a source with flags or definitions of its own stays alone.
function(nagare_unity target)
  if(NOT NAGARE_UNITY)
    return()
  endif()
  find_program(NAGARE_PYTHON python3 REQUIRED)
  get_target_property(sources ${target} SOURCES)
  set(shared)
  foreach(source ${sources})
    get_source_file_property(own_flags ${source} COMPILE_OPTIONS)
    get_source_file_property(own_definitions ${source} COMPILE_DEFINITIONS)
    cmake_path(ABSOLUTE_PATH source NORMALIZE)
    if(NOT own_flags AND NOT own_definitions)
      list(APPEND shared ${source})
    endif()
  endforeach()
  list(LENGTH shared count)
  if(count LESS 2)
    return()
  endif()
  execute_process(COMMAND ${NAGARE_PYTHON} -B ${CMAKE_SOURCE_DIR}/tools/unity_groups.py ${shared}
    OUTPUT_VARIABLE groups OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  foreach(source group IN ZIP_LISTS shared groups)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP unit${group})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # A unit includes its sources, and GCC takes a class of an included file for one that others see too.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  # The groups depend on the names that the sources declare.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${shared})
endfunction()

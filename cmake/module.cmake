# godwit_module(NAME DEPENDS a b LIBRARIES x y): the folder's *.cpp as library godwit_NAME, its
# *_test.cpp as one doctest program NAME_tests, and each *_fuzz.cpp as a program of its own.
#
# Headers that nearly every file of a module reads are compiled once for it (cmake/precompiled/): sockets.h where
# `net` is among DEPENDS, else values.h. Files include what they use all the same, and must build without.
option(GODWIT_PRECOMPILED_HEADERS "Compile the headers that most files read once for each module" ON)

function(godwit_module name)
  cmake_parse_arguments(MODULE "" "" "DEPENDS;LIBRARIES;TEST_DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${sources})
  set(fuzzers ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz|main)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cpp$")

  list(TRANSFORM MODULE_DEPENDS PREPEND godwit_ OUTPUT_VARIABLE depends)
  list(TRANSFORM MODULE_TEST_DEPENDS PREPEND godwit_ OUTPUT_VARIABLE test_depends)
  if(sources)
    add_library(godwit_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(godwit_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_link_libraries(godwit_${name} ${scope} godwit_flags ${depends} ${MODULE_LIBRARIES})
  set(precompiled values)
  if(name STREQUAL net OR "net" IN_LIST MODULE_DEPENDS)
    set(precompiled sockets)
  endif()
  if(sources AND GODWIT_PRECOMPILED_HEADERS)
    target_precompile_headers(godwit_${name} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled/${precompiled}.h)
  endif()

  if(tests)
    add_executable(${name}_tests ${tests} ${CMAKE_SOURCE_DIR}/src/testing/doctest_main.cpp)
    target_link_libraries(${name}_tests PRIVATE godwit_${name} ${test_depends})
    if(GODWIT_PRECOMPILED_HEADERS)
      target_precompile_headers(${name}_tests PRIVATE
        ${CMAKE_SOURCE_DIR}/cmake/precompiled/${precompiled}.h <doctest/doctest.h>)
      # It defines what doctest.h is to be before it includes it.
      set_source_files_properties(${CMAKE_SOURCE_DIR}/src/testing/doctest_main.cpp PROPERTIES
        SKIP_PRECOMPILE_HEADERS ON)
    endif()
    add_test(NAME ${name} COMMAND ${name}_tests)
    set_tests_properties(${name} PROPERTIES TIMEOUT 600)
  endif()

  if(GODWIT_FUZZERS)
    foreach(source IN LISTS fuzzers)
      get_filename_component(fuzzer ${source} NAME_WE)
      add_executable(${fuzzer} ${source})
      target_link_libraries(${fuzzer} PRIVATE godwit_${name} ${test_depends})
      target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
      set_property(GLOBAL APPEND PROPERTY GODWIT_FUZZER_TARGETS ${fuzzer})
    endforeach()
  endif()
endfunction()

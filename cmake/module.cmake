# godwit_module(NAME DEPENDS a b LIBRARIES x y): the folder's *.cpp as library godwit_NAME, its
# *_test.cpp as one doctest program NAME_tests, and each *_fuzz.cpp as a program of its own.
#
# CMAKE_UNITY_BUILD (on in the presets, off in `lint`) compiles a library's files several at a time, so the names in
# their anonymous namespaces must differ within a module. ALONE names files that are compiled by themselves.
# Tests are compiled one by one, with the headers that nearly all of them read compiled once for each module.
#
# Builds for testing do not optimise: nobody waits for what they run, everybody waits for their compilation. OPTIMISED
# is for the modules that the simulator and the fuzzers run millions of times.
function(godwit_module name)
  cmake_parse_arguments(MODULE "OPTIMISED" "" "DEPENDS;LIBRARIES;TEST_DEPENDS;ALONE" ${ARGN})
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
  if(MODULE_OPTIMISED AND sources)
    target_compile_options(godwit_${name} PRIVATE $<$<CONFIG:Debug>:-O1>)
  endif()
  foreach(pattern IN LISTS MODULE_ALONE)
    file(GLOB alone CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${pattern})
    set_source_files_properties(${alone} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endforeach()

  if(tests)
    add_executable(${name}_tests ${tests} ${CMAKE_SOURCE_DIR}/src/testing/doctest_main.cpp)
    target_link_libraries(${name}_tests PRIVATE godwit_${name} ${test_depends})
    target_compile_options(${name}_tests PRIVATE $<$<BOOL:${GODWIT_FUZZERS}>:-fno-sanitize=fuzzer-no-link>)
    set(precompiled values)
    if(name STREQUAL net OR "net" IN_LIST MODULE_DEPENDS)
      set(precompiled sockets)
    endif()
    target_precompile_headers(${name}_tests PRIVATE
      ${CMAKE_SOURCE_DIR}/cmake/precompiled/${precompiled}.h <doctest/doctest.h>)
    set_target_properties(${name}_tests PROPERTIES UNITY_BUILD OFF)
    # It defines what doctest.h is to be before it includes it.
    set_source_files_properties(${CMAKE_SOURCE_DIR}/src/testing/doctest_main.cpp PROPERTIES
      SKIP_PRECOMPILE_HEADERS ON)
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

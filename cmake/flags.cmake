# Warnings are errors; hardening is on in every build that people run.
add_library(godwit_flags INTERFACE)
target_include_directories(godwit_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(godwit_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -fno-omit-frame-pointer
  # Two compilations of the same precompiled header are the same to the byte, so that ccache knows them again.
  "SHELL:-Xclang -fno-pch-timestamp")

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(godwit_flags INTERFACE
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -g1)
  target_link_options(godwit_flags INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,--as-needed)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
add_link_options(-fuse-ld=lld)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_link_options(-pie)
endif()

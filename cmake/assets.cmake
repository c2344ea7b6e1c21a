# The pages of an application, built once for all build directories and carried in its executable.
#
#   web/APP --tools/build-web--> build/web/APP/ --tools/embed-assets.mjs--> NAME.cpp, NAME.h, NAME.blob
find_program(NODE node REQUIRED)
find_program(FLOCK flock REQUIRED)

# godwit_embed_assets(TARGET NAME symbol DIRECTORY directory [DEPENDS files...]): TARGET gets the files below
# `directory` as `godwit::AssetSet godwit::symbol()`, declared in "assets/symbol.h" and there for whoever links
# TARGET too. They are read again when one of DEPENDS changes.
function(godwit_embed_assets target)
  cmake_parse_arguments(EMBED "" "NAME;DIRECTORY;LOCK" "DEPENDS" ${ARGN})
  set(root ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  set(output ${root}/assets/${EMBED_NAME})
  set(lock)
  if(EMBED_LOCK)
    set(lock ${FLOCK} ${EMBED_LOCK})
  endif()
  file(MAKE_DIRECTORY ${root}/assets)
  add_custom_command(
    OUTPUT ${output}.cpp ${output}.h ${output}.blob
    COMMAND ${lock} ${NODE} ${CMAKE_SOURCE_DIR}/tools/embed-assets.mjs
            ${EMBED_DIRECTORY} ${EMBED_NAME} ${root}/assets
    DEPENDS ${CMAKE_SOURCE_DIR}/tools/embed-assets.mjs ${EMBED_DEPENDS}
    COMMENT "Embedding ${EMBED_DIRECTORY}"
    VERBATIM)
  set_source_files_properties(${output}.cpp PROPERTIES OBJECT_DEPENDS ${output}.blob)
  target_sources(${target} PRIVATE ${output}.cpp ${output}.h)
  target_include_directories(${target} PUBLIC ${root})
  target_link_libraries(${target} PUBLIC godwit_assets)
endfunction()

# godwit_embed_web(TARGET NAME symbol APP app): builds web/APP when its sources changed and embeds what comes
# out. The files lie in build/web/APP and are shared by all build directories.
function(godwit_embed_web target)
  cmake_parse_arguments(WEB "" "NAME;APP" "" ${ARGN})
  set(web ${CMAKE_SOURCE_DIR}/web)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS
    ${web}/kit/src/* ${web}/${WEB_APP}/src/* ${web}/${WEB_APP}/public/*)
  file(GLOB settings CONFIGURE_DEPENDS
    ${web}/*.json ${web}/kit/*.json ${web}/${WEB_APP}/*.json ${web}/${WEB_APP}/*.html ${web}/${WEB_APP}/*.ts)
  set(directory ${CMAKE_SOURCE_DIR}/build/web/${WEB_APP})
  set(built ${CMAKE_BINARY_DIR}/web-${WEB_APP}.built)
  add_custom_command(
    OUTPUT ${built}
    COMMAND ${CMAKE_SOURCE_DIR}/tools/build-web ${WEB_APP} ${directory}
    COMMAND ${CMAKE_COMMAND} -E touch ${built}
    DEPENDS ${CMAKE_SOURCE_DIR}/tools/build-web ${CMAKE_SOURCE_DIR}/tools/npm-install ${sources} ${settings}
    COMMENT "Building web/${WEB_APP}"
    VERBATIM)
  godwit_embed_assets(${target} NAME ${WEB_NAME} DIRECTORY ${directory} LOCK ${directory}.lock
    DEPENDS ${built})
endfunction()

# Everything comes from Debian 12; tools/install-dependencies names the packages.
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(absl REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(date REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(cares REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(idn2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)

# ImageGenService's own: its database, decoded and scaled pictures, drawn pictures, ZIP files,
# letters of every script.
find_package(SQLite3 REQUIRED)
pkg_check_modules(gdlib REQUIRED IMPORTED_TARGET gdlib)
pkg_check_modules(cairo REQUIRED IMPORTED_TARGET cairo)
pkg_check_modules(libarchive REQUIRED IMPORTED_TARGET libarchive)
find_path(UNISTRING_INCLUDE unicase.h REQUIRED)
find_library(UNISTRING_LIBRARY unistring REQUIRED)
add_library(unistring_imported INTERFACE)
target_include_directories(unistring_imported SYSTEM INTERFACE ${UNISTRING_INCLUDE})
target_link_libraries(unistring_imported INTERFACE ${UNISTRING_LIBRARY})

find_path(ROCKSDB_INCLUDE rocksdb/db.h REQUIRED)
find_library(ROCKSDB_LIBRARY rocksdb REQUIRED)
add_library(rocksdb_imported INTERFACE)
target_link_libraries(rocksdb_imported INTERFACE ${ROCKSDB_LIBRARY})

find_path(BOOST_INCLUDE boost/asio.hpp REQUIRED)
add_library(boost_headers INTERFACE)
target_include_directories(boost_headers SYSTEM INTERFACE ${BOOST_INCLUDE})
target_compile_definitions(boost_headers INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ALL_NO_LIB)

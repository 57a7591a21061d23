# Finds llhttp and defines the target Llhttp::llhttp, from what the system has, in this order:
#   1. a CMake package (newer llhttp releases install one),
#   2. a library with a pkg-config file (libllhttp),
#   3. the C sources that Debian's package node-llhttp ships (Debian 12 and Ubuntu have no library),
#   4. with neither, llhttp's own release tarball, pinned by version (needs the network).
# With UMBRA_STATIC only archives and sources count.
if(TARGET Llhttp::llhttp)
  return()
endif()
set(Llhttp_FOUND TRUE)

find_package(llhttp CONFIG QUIET)
set(candidates llhttp::llhttp llhttp::llhttp_shared llhttp::llhttp_static)
if(UMBRA_STATIC)
  set(candidates llhttp::llhttp_static)
endif()
foreach(candidate ${candidates})
  if(TARGET ${candidate} AND NOT TARGET Llhttp::llhttp)
    add_library(Llhttp::llhttp ALIAS ${candidate})
  endif()
endforeach()
if(TARGET Llhttp::llhttp)
  if(UMBRA_STATIC)
    umbra_note_linked_in(llhttp $<TARGET_FILE:llhttp::llhttp_static>)
  endif()
  message(STATUS "llhttp: CMake package")
  return()
endif()

find_package(PkgConfig QUIET)
pkg_check_modules(LLHTTP QUIET IMPORTED_TARGET GLOBAL libllhttp)
if(LLHTTP_FOUND)
  if(UMBRA_STATIC)
    umbra_link_archives(LLHTTP libllhttp-dev)
  endif()
  add_library(Llhttp::llhttp ALIAS PkgConfig::LLHTTP)
  message(STATUS "llhttp: library ${LLHTTP_VERSION}")
  return()
endif()

# Below /usr and below whatever CMAKE_PREFIX_PATH names.
find_path(LLHTTP_INCLUDE_DIR llhttp.h PATH_SUFFIXES share/include/llhttp share/nodejs/llhttp/include)
find_path(LLHTTP_SOURCE_DIR llhttp.c PATH_SUFFIXES share/llhttp share/nodejs/llhttp/src)
if(LLHTTP_INCLUDE_DIR AND LLHTTP_SOURCE_DIR)
  message(STATUS "llhttp: C sources in ${LLHTTP_SOURCE_DIR}")
else()
  # The hash is not given: this path could not be tried where umbra is developed (no network), and a
  # wrong hash would be worse than TLS alone.
  include(FetchContent)
  FetchContent_Declare(llhttp_release
    URL https://github.com/nodejs/llhttp/archive/refs/tags/release/v9.2.1.tar.gz)
  FetchContent_Populate(llhttp_release)
  set(LLHTTP_INCLUDE_DIR ${llhttp_release_SOURCE_DIR}/include)
  set(LLHTTP_SOURCE_DIR ${llhttp_release_SOURCE_DIR}/src)
  message(STATUS "llhttp: release v9.2.1")
endif()
if(UMBRA_STATIC)
  umbra_note_linked_in(llhttp ${LLHTTP_SOURCE_DIR}/llhttp.c)
endif()
add_library(umbra_llhttp STATIC
  ${LLHTTP_SOURCE_DIR}/llhttp.c ${LLHTTP_SOURCE_DIR}/api.c ${LLHTTP_SOURCE_DIR}/http.c)
target_include_directories(umbra_llhttp SYSTEM PUBLIC ${LLHTTP_INCLUDE_DIR})
target_compile_options(umbra_llhttp PRIVATE -w)
add_library(Llhttp::llhttp ALIAS umbra_llhttp)

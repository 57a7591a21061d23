# UMBRA_STATIC: links archives in, so that a program needs nothing but the C library and OpenSSL where it runs.
# Those two stay shared: they are what a system keeps patched.
#
# The imported targets keep their names; here they come to mean archives.  What is linked in, header-only libraries
# too, stands in linked-in.txt in the build folder, a line each: `<library> <one of its files>`.
# scripts/package-sbom finds the packages by it.
set(UMBRA_LINKED_IN "")

# A line of linked-in.txt.  `file` may be a generator expression.
macro(umbra_note_linked_in library file)
  string(APPEND UMBRA_LINKED_IN "${library} ${file}\n")
endmacro()

# Sets `out` to the archive of the library `name`; `package` is the Debian package that has it.
function(umbra_find_archive out name package)
  string(MAKE_C_IDENTIFIER "UMBRA_ARCHIVE_${name}" cached)
  # libuv's archive is libuv_a.a up to 1.44, libuv.a from 1.45 on.
  find_library(${cached} NAMES lib${name}.a lib${name}_a.a HINTS ${ARGN})
  mark_as_advanced(${cached})
  if(NOT ${cached})
    message(FATAL_ERROR "UMBRA_STATIC needs the archive lib${name}.a, which is not there.\n"
      "On Debian and Ubuntu the package ${package} has it.  Install that, name its folder in CMAKE_PREFIX_PATH, "
      "or build with -DUMBRA_STATIC=OFF.")
  endif()
  set(${out} ${${cached}} PARENT_SCOPE)
endfunction()

# Makes PkgConfig::<prefix> mean archives: the library's own, and those of what pkg-config says it needs.
macro(umbra_link_archives prefix package)
  set(archives "")
  foreach(name ${${prefix}_STATIC_LIBRARIES})
    if(name MATCHES "^(c|m|dl|rt|pthread|stdc\\+\\+|gcc_s)$")
      list(APPEND archives ${name})
    elseif(name STREQUAL "atomic")
      list(APPEND archives -l:libatomic.a)  # the compiler's own, of the same package as libgcc
    else()
      umbra_find_archive(archive ${name} ${package} ${${prefix}_STATIC_LIBRARY_DIRS})
      list(APPEND archives ${archive})
      umbra_note_linked_in(${name} ${archive})
    endif()
  endforeach()
  set_target_properties(PkgConfig::${prefix} PROPERTIES INTERFACE_LINK_LIBRARIES "${archives}")
endmacro()

# A library of headers is linked in as well, as far as licences go.
macro(umbra_note_headers library header)
  find_path(UMBRA_HEADER_${library} ${header})
  mark_as_advanced(UMBRA_HEADER_${library})
  umbra_note_linked_in(${library} ${UMBRA_HEADER_${library}}/${header})
endmacro()

# The compiler's own runtime: `name` is libstdc++ or libgcc.
macro(umbra_note_runtime name)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=${name}.a
    OUTPUT_VARIABLE runtime OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT IS_ABSOLUTE "${runtime}")
    message(FATAL_ERROR "UMBRA_STATIC needs the archive ${name}.a of ${CMAKE_CXX_COMPILER}, which is not there.\n"
      "On Debian and Ubuntu the package libstdc++-<version>-dev has it (it comes with g++).")
  endif()
  umbra_note_linked_in(${name} ${runtime})
endmacro()

umbra_note_runtime(libstdc++)
umbra_note_runtime(libgcc)
# A package is to be the same wherever its tree lies.
add_compile_options(-ffunction-sections -fdata-sections -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
add_link_options(-static-libstdc++ -static-libgcc LINKER:--gc-sections LINKER:--as-needed)

# What is packed: `make packed` builds it, packed.txt names it.  Beside each program the linker leaves its own account
# of what it took, <name>.map.
function(umbra_packed_programs)
  set(programs "")
  foreach(program ${ARGN})
    if(TARGET ${program})
      list(APPEND programs ${program})
      target_link_options(${program} PRIVATE LINKER:-Map=$<TARGET_FILE:${program}>.map)
    endif()
  endforeach()
  add_custom_target(packed DEPENDS ${programs})
  list(JOIN programs "\n" lines)
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/packed.txt CONTENT "${lines}\n")
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/linked-in.txt CONTENT "${UMBRA_LINKED_IN}")
endfunction()

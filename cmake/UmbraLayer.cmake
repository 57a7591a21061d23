# umbra_layer(<folder> SOURCES ... [DEPENDS <folder>...] [PRIVATE_LIBS ...] [PUBLIC_LIBS ...])
#
# One folder of src/ as one static library.  DEPENDS is the folder's row of the table in ARCHITECTURE.md:
# what it may include, and nothing else (tests/lint checks the includes).
add_library(umbra_flags INTERFACE)
target_include_directories(umbra_flags INTERFACE ${CMAKE_SOURCE_DIR}/include)
target_compile_options(umbra_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  $<$<BOOL:${UMBRA_WERROR}>:-Werror>)

function(umbra_layer name)
  cmake_parse_arguments(LAYER "" "" "SOURCES;DEPENDS;PRIVATE_LIBS;PUBLIC_LIBS" ${ARGN})
  add_library(umbra_${name} STATIC ${LAYER_SOURCES})
  list(TRANSFORM LAYER_DEPENDS PREPEND umbra_)
  target_link_libraries(umbra_${name}
    PUBLIC ${LAYER_DEPENDS} ${LAYER_PUBLIC_LIBS}
    PRIVATE umbra_flags ${LAYER_PRIVATE_LIBS})
  target_include_directories(umbra_${name} PUBLIC ${CMAKE_SOURCE_DIR}/include)
endfunction()

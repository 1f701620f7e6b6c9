# Puts the .shapes files of this folder into a source file: `shapes_source` names it.
file(GLOB shapes CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.shapes)
set(shapes_source ${CMAKE_CURRENT_BINARY_DIR}/shapes.cc)
set(text "#include \"server/api/states/test_state/shapes/shapes.h\"\n
namespace segue::api::states {
std::string_view ShapesOf(std::string_view service) {\n")
foreach(file ${shapes})
  get_filename_component(service ${file} NAME_WE)
  file(READ ${file} content)
  string(APPEND text "  if (service == \"${service}\") return R\"shapes(${content})shapes\";\n")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
endforeach()
string(APPEND text "  return {};\n}\n}  // namespace segue::api::states\n")
file(CONFIGURE OUTPUT ${shapes_source} CONTENT "${text}" @ONLY)

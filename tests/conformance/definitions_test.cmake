segue_test(definitions_conformance_test
  SOURCES definitions_test.cc
  DEPS segue::language
  LABEL conformance)
target_compile_definitions(definitions_conformance_test
  PRIVATE SEGUE_CONFORMANCE_README="${CMAKE_CURRENT_LIST_DIR}/README.md")

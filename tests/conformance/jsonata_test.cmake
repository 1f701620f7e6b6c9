segue_test(jsonata_conformance_test
  SOURCES jsonata_test.cc
  DEPS segue::language_jsonata
  LABEL conformance)
target_compile_definitions(jsonata_conformance_test
  PRIVATE SEGUE_CONFORMANCE_README="${CMAKE_CURRENT_LIST_DIR}/README.md")

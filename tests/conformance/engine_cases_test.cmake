if(TARGET segue::engine)
  segue_test(engine_cases_test
    SOURCES engine_cases_test.cc recorded_comparison.cc
    DEPS segue::engine segue_test_support
    LABEL conformance)
endif()

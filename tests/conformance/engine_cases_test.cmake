if(TARGET segue::api_states_history)
  segue_test(engine_cases_test
    SOURCES engine_cases_test.cc recorded_comparison.cc
    DEPS segue::api_states_history segue::engine segue_test_support
    LABEL conformance)
endif()

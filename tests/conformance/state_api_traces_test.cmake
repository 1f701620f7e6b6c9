segue_test(state_api_traces_test
  SOURCES state_api_traces_test.cc recorded_comparison.cc
  DEPS segue::api_states_definitions segue_test_support
  LABEL conformance)

segue_test(api_states_definitions_test
  SOURCES
    test_state/context_object_test.cc
    test_state/jsonata_test.cc
    test_state/mock_test.cc
    test_state/request_test.cc
    test_state/shape_check_test.cc
    test_state/test_state_test.cc
    validate_test.cc
  DEPS segue::api_states_definitions)

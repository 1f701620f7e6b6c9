# The HTTP API of a server of its own, by the runners that stand beside the recorded data. In the
# Python of the integration tests.
if(TARGET segued)
  add_test(NAME states_api_conformance
    COMMAND sh ${PROJECT_SOURCE_DIR}/tests/conformance/states_api.sh
      ${CMAKE_BINARY_DIR}/../venv/bin/python $<TARGET_FILE:segued>)
  set_tests_properties(states_api_conformance PROPERTIES
    LABELS conformance TIMEOUT 600 SKIP_RETURN_CODE 77)
endif()

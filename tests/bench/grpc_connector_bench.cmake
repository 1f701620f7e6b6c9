segue_binary(grpc_connector_bench
  SOURCES grpc_connector_bench.cc
  DEPS connector_test_proto segue::connector_grpc segue::async_grpc segue::proto absl::strings
       benchmark::benchmark benchmark::benchmark_main)

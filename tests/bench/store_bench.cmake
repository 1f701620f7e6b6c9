segue_binary(store_bench
  SOURCES store_bench.cc
  DEPS segue_test_support segue::store_rocksdb absl::strings
    benchmark::benchmark benchmark::benchmark_main)

segue_binary(registry_bench
  SOURCES registry_bench.cc
  DEPS segue::registry segue::async benchmark::benchmark benchmark::benchmark_main)

segue_binary(jsonata_bench
  SOURCES jsonata_bench.cc
  DEPS segue::language_jsonata benchmark::benchmark benchmark::benchmark_main)
segue_binary(jsonata_suite_bench
  SOURCES jsonata_suite_bench.cc
  DEPS segue::language_jsonata)

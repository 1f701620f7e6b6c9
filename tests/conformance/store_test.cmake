# The store suite, once for each store.
add_library(segue_store_suite OBJECT
  store_suite.cc store_suite_commit.cc store_suite_model.cc store_suite_scan.cc)
target_compile_options(segue_store_suite PRIVATE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wno-missing-designated-field-initializers -Werror)
target_link_libraries(segue_store_suite
  PUBLIC segue_test_support segue::store_memory absl::strings GTest::gmock)

segue_test(store_memory_test
  SOURCES store_memory_test.cc
  DEPS segue_store_suite
  LABEL conformance threads)
segue_test(store_rocksdb_test
  SOURCES store_rocksdb_test.cc store_rocksdb_fault_test.cc store_rocksdb_log_test.cc
  DEPS segue_store_suite segue::store_rocksdb RocksDB::rocksdb-shared
  LABEL conformance threads
  ENVIRONMENT TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/tsan.supp)

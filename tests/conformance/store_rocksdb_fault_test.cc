#include <memory>
#include <string>

#include "server/store/rocksdb/rocksdb_store.h"
#include "tests/conformance/store_fault_env.h"
#include "tests/conformance/store_suite.h"

namespace segue::store {
namespace {

TEST(RocksDbFault, AFullDiskRefusesCommitsUntilThereIsRoom) {
  FaultEnv env;
  StoreDriver driver({.name = "rocksdb", .open = [&env](const std::string& dir) {
                        return absl::StatusOr<std::unique_ptr<Store>>(
                            RocksDbStore::Open({.dir = dir + "/data", .env = &env}));
                      }});
  ASSERT_TRUE(driver.Commit({Started("before")}).ok());
  env.full = true;
  for (const char* id : {"full-1", "full-2", "full-3"}) {
    const absl::Status refused = driver.Commit({Started(id)});
    EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  }
  EXPECT_TRUE(driver.Get(driver.Load("before")).has_value());
  env.full = false;
  const absl::Status freed = driver.Commit({Started("after")});
  EXPECT_TRUE(freed.ok()) << freed;
  driver.Close();
  ASSERT_TRUE(driver.Open().ok());
  EXPECT_TRUE(driver.Get(driver.Load("before")).has_value());
  EXPECT_TRUE(driver.Get(driver.Load("after")).has_value());
  EXPECT_FALSE(driver.Get(driver.Load("full-2")).has_value());
}

}  // namespace
}  // namespace segue::store

#include <memory>

#include "server/store/memory/memory_store.h"
#include "tests/conformance/store_suite.h"

namespace segue::store {
namespace {

INSTANTIATE_TEST_SUITE_P(Memory, StoreSuite,
                         ::testing::Values(StoreFactory{
                             .name = "memory",
                             .open =
                                 [](const std::string&) {
                                   return absl::StatusOr<std::unique_ptr<Store>>(
                                       std::make_unique<MemoryStore>());
                                 },
                             .durability = StoreFactory::Durability::kGoneWhenClosed}));

// What a real store cannot afford to notice, the memory store does: the scheduler's tests run on
// it.
TEST(MemoryStoreDeathTest, HoldsItsCallerToFrom) {
  StoreDriver driver({.name = "memory", .open = [](const std::string&) {
                        return absl::StatusOr<std::unique_ptr<Store>>(
                            std::make_unique<MemoryStore>());
                      }});
  ASSERT_TRUE(driver.Commit({Started("a")}).ok());
  EXPECT_DEATH(driver.Commit({Waking("a", At(5), At(6))}).IgnoreError(), "wake_micros == from");
  EXPECT_DEATH(driver.Commit({Started("a")}).IgnoreError(), "from");
}

}  // namespace
}  // namespace segue::store

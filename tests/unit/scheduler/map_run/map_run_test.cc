#include "server/scheduler/map_run/map_run.h"

#include <gtest/gtest.h>

namespace segue::scheduler {
namespace {

TEST(MapRunTest, TheNewestOfAnExecutionComesFirst) {
  const absl::Time start = absl::FromUnixSeconds(1'700'000'000);
  const MapRun old{.uuid = "a", .execution = ExecutionId("e"), .start_time = start};
  MapRun young = old;
  young.uuid = "b";
  young.start_time += absl::Microseconds(1);
  EXPECT_LT(KeyInExecution(young), KeyInExecution(old));
  EXPECT_TRUE(KeyInExecution(old).starts_with("e/"));
}

TEST(MapRunTest, KnowsRunsFromWorkflows) {
  const struct {
    std::string_view id;
    std::string uuid;
  } rows[] = {{"label:1-2", "1-2"}, {"orders", ""}, {"", ""}};
  for (const auto& row : rows) EXPECT_EQ(UuidOfRun(row.id), row.uuid) << row.id;
}

}  // namespace
}  // namespace segue::scheduler

// The pure parts of the load generator.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <boost/json/parse.hpp>

#include "clients/load/bench.h"
#include "clients/load/histogram.h"
#include "clients/load/pacer.h"
#include "clients/load/process_stats.h"
#include "clients/load/report.h"
#include "clients/load/workflow_text.h"

namespace segue::load {
namespace {

using ::testing::HasSubstr;

TEST(Histogram, PercentilesAreCloseFromAbove) {
  Histogram histogram;
  for (int i = 1; i <= 100'000; ++i) histogram.Add(absl::Microseconds(i));
  for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const double exact = share * 100'000;
    const double found = absl::ToDoubleMicroseconds(histogram.Percentile(share));
    EXPECT_GE(found, exact) << share;
    EXPECT_LE(found, exact * 1.016) << share;
  }
  EXPECT_EQ(histogram.max(), absl::Milliseconds(100));
}

TEST(Histogram, SmallLargeAndEmpty) {
  Histogram histogram;
  EXPECT_EQ(histogram.Percentile(0.99), absl::ZeroDuration());
  for (int64_t ns = 0; ns < 300; ++ns) {
    Histogram one;
    one.Add(absl::Nanoseconds(ns));
    EXPECT_EQ(one.Percentile(0.5), absl::Nanoseconds(ns));
  }
  histogram.Add(absl::Hours(24 * 300));
  histogram.Add(-absl::Seconds(1));
  EXPECT_EQ(histogram.Percentile(1), absl::Hours(24 * 300));
}

TEST(Histogram, MergeIsTheSameAsAddingAll) {
  Histogram all;
  Histogram left;
  Histogram right;
  for (int i = 0; i < 1'000; ++i) {
    all.Add(absl::Microseconds(i * i));
    (i % 3 == 0 ? left : right).Add(absl::Microseconds(i * i));
  }
  left.Merge(right);
  EXPECT_EQ(left.count(), all.count());
  EXPECT_EQ(left.Percentile(0.9), all.Percentile(0.9));
}

TEST(Pacer, ClosedLoopFillsUp) {
  const absl::Time now = absl::FromUnixSeconds(10);
  Pacer pacer({.open_max = 3}, now);
  EXPECT_TRUE(pacer.Next(now, 0));
  EXPECT_TRUE(pacer.Next(now, 2));
  EXPECT_FALSE(pacer.Next(now, 3));
}

TEST(Pacer, OpenLoopKeepsItsScheduleWhenLate) {
  const absl::Time start = absl::FromUnixSeconds(10);
  Pacer pacer({.open_max = 100, .rate_per_second = 10}, start);
  EXPECT_EQ(pacer.Next(start, 0), start);
  EXPECT_FALSE(pacer.Next(start + absl::Milliseconds(99), 1));
  EXPECT_EQ(pacer.WakeTime(start + absl::Milliseconds(90)), start + absl::Milliseconds(100));
  // Half a second late: all five are due, each with the time it should have had.
  const absl::Time late = start + absl::Milliseconds(500);
  for (int i = 1; i <= 5; ++i) {
    EXPECT_EQ(pacer.Next(late, i), start + absl::Milliseconds(100 * i));
  }
  EXPECT_FALSE(pacer.Next(late, 6));
  EXPECT_EQ(pacer.missed(), 0);
}

TEST(Pacer, OpenLoopDropsBeyondTheBound) {
  const absl::Time start = absl::FromUnixSeconds(10);
  Pacer pacer({.open_max = 2, .rate_per_second = 10}, start);
  EXPECT_TRUE(pacer.Next(start, 0));
  EXPECT_FALSE(pacer.Next(start + absl::Milliseconds(100), 2));
  EXPECT_EQ(pacer.missed(), 1);
  EXPECT_EQ(pacer.Next(start + absl::Milliseconds(200), 1), start + absl::Milliseconds(200));
}

TEST(WorkflowText, TasksInARow) {
  const auto definition = boost::json::parse(WorkflowText({.tasks = 2, .service = "svc"}));
  EXPECT_EQ(definition.at("StartAt"), "Call1");
  const auto& states = definition.at("States").as_object();
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(states.at("Call1").at("Resource"), "grpc:svc/segue.load.v1.Echo/Call");
  EXPECT_EQ(states.at("Call1").at("Next"), "Call2");
  EXPECT_EQ(states.at("Call2").at("End"), true);
}

TEST(WorkflowText, SleepersAndNothing) {
  const auto sleepers = boost::json::parse(WorkflowText({.tasks = 0, .wait_seconds = 3600}));
  EXPECT_EQ(sleepers.at("States").at("Sleep").at("Seconds"), 3600);
  EXPECT_EQ(sleepers.at("States").at("Sleep").at("End"), true);
  EXPECT_EQ(boost::json::parse(WorkflowText({.tasks = 0})).at("StartAt"), "Pass");
}

TEST(ProcessStats, Proc) {
  const auto stats =
      ParseProc("42 (a) b) S 1 42 42 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 1 0 100 9 9 9",
                "1000 250 30 1 0 60 0", 100, 4096);
  ASSERT_TRUE(stats.ok()) << stats.status();
  EXPECT_DOUBLE_EQ(stats->cpu_seconds, 3.0);
  EXPECT_EQ(stats->rss_bytes, 250 * 4096);
  EXPECT_FALSE(ParseProc("", "", 100, 4096).ok());
}

TEST(ProcessStats, Metrics) {
  const auto stats = ParseMetrics(
      "# HELP process_cpu_seconds_total x\nprocess_cpu_seconds_total 12.5\n"
      "process_resident_memory_bytes 1.048576e+06\n");
  ASSERT_TRUE(stats.ok());
  EXPECT_DOUBLE_EQ(stats->cpu_seconds, 12.5);
  EXPECT_EQ(stats->rss_bytes, 1 << 20);
  EXPECT_FALSE(ParseMetrics("process_cpu_seconds_total 1\n").ok());
}

TEST(Report, RatesOverTheWindow) {
  LoadResult result;
  result.window_seconds = 2;
  result.counts.started = 10;
  result.counts.completed = 8;
  result.counts.failed = 1;
  result.counts.errors["FAILED X"] = 1;
  result.counts.latency.Add(absl::Milliseconds(5));
  result.server = Usage{.cpu_seconds = 1, .rss_bytes = 5 << 20, .rss_bytes_max = 6 << 20};
  const std::string text = ReportText(result, {});
  EXPECT_THAT(text, HasSubstr("4.0/s   (8)"));
  EXPECT_THAT(text, HasSubstr("p50 5 ms"));
  EXPECT_THAT(text, HasSubstr("1.00 s CPU (0.50 cores, 125000 us each), RSS 5 MiB (max 6 MiB)"));
  const auto json = ReportJson(result);
  EXPECT_EQ(json.at("completed_per_second").as_double(), 4);
  EXPECT_EQ(json.at("errors").at("FAILED X"), 1);
}

TEST(Bench, ConfigIsYaml) {
  BenchOptions options;
  options.shards = 2;
  const YAML::Node config = YAML::Load(
      BenchConfig(options, {.grpc = "127.0.0.1:1", .metrics = "127.0.0.1:2", .echo = "127.0.0.1:3"},
                  "/data dir"));
  EXPECT_EQ(config["grpc"]["address"].as<std::string>(), "127.0.0.1:1");
  EXPECT_EQ(config["store"]["rocksdb"]["dir"].as<std::string>(), "/data dir");
  EXPECT_EQ(config["services"][0]["name"].as<std::string>(), "load");
  EXPECT_EQ(config["services"][0]["grpc"]["address"].as<std::string>(), "127.0.0.1:3");
  EXPECT_EQ(config["scheduler"]["shards"].as<int>(), 2);
}

}  // namespace
}  // namespace segue::load

#include "server/observability/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

namespace segue::observability {
namespace {

class FixedClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixMicros(1'700'000'000'123'456); }
};

// What `write` logs with these options.
template <typename Write>
std::string Logged(Log::Format format, Log::Level level, Write write) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe(ends.data()), 0);
  const FixedClock clock;
  Log log(clock, {.format = format, .level = level, .file_descriptor = ends[1]});
  write(log);
  close(ends[1]);
  std::string text(4096, '\0');
  text.resize(static_cast<size_t>(read(ends[0], text.data(), text.size())));
  close(ends[0]);
  return text;
}

TEST(Log, WritesOneJsonObjectALine) {
  const std::string text = Logged(Log::Format::kJson, Log::Level::kInfo, [](Log& log) {
    log.Warning("a commit failed", {{"shard", 1}, {"error", "no \"space\""}});
  });
  EXPECT_EQ(
      text,
      "{\"time\":\"2023-11-14T22:13:20.123456Z\",\"level\":\"warning\",\"message\":\"a commit "
      "failed\",\"shard\":1,\"error\":\"no \\\"space\\\"\"}\n");
}

TEST(Log, TextIsForPeople) {
  const std::string text = Logged(Log::Format::kText, Log::Level::kInfo, [](Log& log) {
    log.Error("cannot start", {{"error", "in use"}});
  });
  EXPECT_NE(text.find("error: cannot start  error=in use\n"), std::string::npos) << text;
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  const std::string text = Logged(Log::Format::kJson, Log::Level::kWarning, [](Log& log) {
    log.Info("quiet");
    log.SetLevel(Log::Level::kDebug);
    log.Debug("loud");
  });
  EXPECT_EQ(text.find("quiet"), std::string::npos);
  EXPECT_NE(text.find("loud"), std::string::npos);
}

}  // namespace
}  // namespace segue::observability

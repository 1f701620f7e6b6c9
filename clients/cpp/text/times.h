#pragma once

// Durations and times as people write and read them. Pure.

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace segue::text {

// "250ms", "1.5s", "5m", "1h30m", "2d", or a plain number of seconds. Never negative.
absl::StatusOr<absl::Duration> ParseDuration(const std::string& text);

// Which way a duration counts where a time is expected.
enum class Direction { kFuture, kPast };

// RFC 3339 ("2026-01-02T15:04:05Z"), or a duration from `now` on (or back).
absl::StatusOr<absl::Time> ParseTime(const std::string& text, absl::Time now, Direction direction);

// Three significant digits or two units: "870us", "1.25s", "3m20s", "2h05m", "4d03h".
std::string ShortDuration(absl::Duration duration);

// "2026-01-02 15:04:05" in `zone`; empty for an unset time.
std::string ShortTime(const google::protobuf::Timestamp& time, absl::TimeZone zone);
// "15:04:05.123".
std::string ClockTime(const google::protobuf::Timestamp& time, absl::TimeZone zone);

absl::Time FromProto(const google::protobuf::Timestamp& time);
absl::Duration FromProto(const google::protobuf::Duration& duration);
google::protobuf::Timestamp ToProto(absl::Time time);
google::protobuf::Duration ToProto(absl::Duration duration);

}  // namespace segue::text

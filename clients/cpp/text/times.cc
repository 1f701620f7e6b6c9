#include "clients/cpp/text/times.h"

#include <cctype>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace segue::text {
namespace {

// absl knows no days: a leading "<number>d" is taken off first.
bool TakeDays(std::string& text, absl::Duration& days) {
  const size_t at = text.find('d');
  double count = 0;
  if (at == std::string::npos || !absl::SimpleAtod(text.substr(0, at), &count)) return false;
  days = absl::Hours(24 * count);
  text = text.substr(at + 1);
  return true;
}

}  // namespace

absl::StatusOr<absl::Duration> ParseDuration(const std::string& text) {
  const absl::Status error = absl::InvalidArgumentError(absl::StrCat(
      "'", text, "' is not a duration: write 250ms, 1.5s, 5m, 1h30m, 2d or a number of seconds"));
  std::string rest = text;
  absl::Duration days;
  absl::Duration duration;
  double seconds = 0;
  if (absl::SimpleAtod(text, &seconds)) {
    duration = absl::Seconds(seconds);
  } else {
    const bool has_days = TakeDays(rest, days);
    const bool only_days = has_days && rest.empty();
    if (!only_days && !absl::ParseDuration(rest, &duration)) return error;
    duration += days;
  }
  if (duration < absl::ZeroDuration() || duration == absl::InfiniteDuration()) return error;
  return duration;
}

absl::StatusOr<absl::Time> ParseTime(const std::string& text, absl::Time now, Direction direction) {
  absl::Time time;
  std::string ignored;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &ignored)) return time;
  const auto duration = ParseDuration(text);
  if (!duration.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", text, "' is not a time: write 2026-01-02T15:04:05Z, or a duration such as 10m"));
  }
  return direction == Direction::kFuture ? now + *duration : now - *duration;
}

std::string ShortDuration(absl::Duration duration) {
  if (duration < absl::ZeroDuration()) duration = absl::ZeroDuration();
  const double seconds = absl::ToDoubleSeconds(duration);
  if (seconds == 0) return "0s";
  if (seconds < 999.5e-6) return absl::StrFormat("%.3gus", seconds * 1e6);
  if (seconds < 0.9995) return absl::StrFormat("%.3gms", seconds * 1e3);
  if (seconds < 60) return absl::StrFormat("%.3gs", seconds);
  const int64_t whole = absl::ToInt64Seconds(duration);
  if (whole < 3600) return absl::StrFormat("%dm%02ds", whole / 60, whole % 60);
  if (whole < 86400) return absl::StrFormat("%dh%02dm", whole / 3600, whole / 60 % 60);
  return absl::StrFormat("%dd%02dh", whole / 86400, whole / 3600 % 24);
}

std::string ShortTime(const google::protobuf::Timestamp& time, absl::TimeZone zone) {
  if (time.seconds() == 0 && time.nanos() == 0) return "";
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", FromProto(time), zone);
}

std::string ClockTime(const google::protobuf::Timestamp& time, absl::TimeZone zone) {
  return absl::FormatTime("%H:%M:%E3S", FromProto(time), zone);
}

absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp proto;
  proto.set_seconds(absl::ToUnixSeconds(time));
  proto.set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(proto.seconds()))));
  return proto;
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::ToInt64Seconds(duration));
  proto.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(duration - absl::Seconds(proto.seconds()))));
  return proto;
}

}  // namespace segue::text

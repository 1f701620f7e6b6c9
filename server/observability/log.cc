#include "server/observability/log.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace segue::observability {
namespace {

std::string_view NameOf(Log::Level level) {
  switch (level) {
    case Log::Level::kDebug:
      return "debug";
    case Log::Level::kInfo:
      return "info";
    case Log::Level::kWarning:
      return "warning";
    case Log::Level::kError:
      return "error";
  }
}

std::string JsonLine(absl::Time now, Log::Level level, std::string_view message,
                     const Log::Fields& fields) {
  Json::Object line;
  line.Set("time", absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", now, absl::UTCTimeZone()));
  line.Set("level", NameOf(level));
  line.Set("message", message);
  for (const auto& [name, value] : fields) line.Set(name, value);
  return Json(std::move(line)).Dump() + "\n";
}

std::string TextLine(absl::Time now, Log::Level level, std::string_view message,
                     const Log::Fields& fields) {
  std::string line = absl::FormatTime("%H:%M:%E3S ", now, absl::LocalTimeZone());
  if (level != Log::Level::kInfo) absl::StrAppend(&line, std::string(NameOf(level)), ": ");
  absl::StrAppend(&line, std::string(message));
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&line, "  ", std::string(name), "=",
                    value.is_string() ? value.string() : value.Dump());
  }
  return line + "\n";
}

}  // namespace

Log::Log(const Clock& clock, Options options) : clock_(clock), options_(options) {}

Log::Format Log::FormatFor(int file_descriptor) {
  return isatty(file_descriptor) == 1 ? Format::kText : Format::kJson;
}

void Log::SetLevel(Level level) {
  MutexLock lock(&mutex_);
  options_.level = level;
}

void Log::Write(Level level, std::string_view message, const Fields& fields) {
  MutexLock lock(&mutex_);
  if (level < options_.level) return;
  const std::string line = options_.format == Format::kJson
                               ? JsonLine(clock_.Now(), level, message, fields)
                               : TextLine(clock_.Now(), level, message, fields);
  // A log that cannot be written has nobody to be told to.
  [[maybe_unused]] const ssize_t written =
      write(options_.file_descriptor, line.data(), line.size());
}

}  // namespace segue::observability

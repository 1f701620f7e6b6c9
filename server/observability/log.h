#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "server/base/clock.h"
#include "server/base/json.h"
#include "server/base/mutex.h"

namespace segue::observability {

// The log: one line an event worth an operator's eye, on standard error. As JSON
// {"time":...,"level":"info","message":...,<fields>}, or as text for people. Ids and numbers go
// into fields, so that the message is the same for the same event.
//
// Threads: any.
class Log {
 public:
  enum class Level { kDebug, kInfo, kWarning, kError };
  enum class Format { kJson, kText };
  using Fields = std::vector<std::pair<std::string_view, Json>>;

  struct Options {
    Format format = Format::kJson;
    Level level = Level::kInfo;  // the least that is written
    int file_descriptor = 2;
  };
  Log(const Clock& clock, Options options);

  // Text on a terminal, JSON elsewhere.
  static Format FormatFor(int file_descriptor);

  void SetLevel(Level level);

  void Debug(std::string_view message, const Fields& fields = {}) {
    Write(Level::kDebug, message, fields);
  }
  void Info(std::string_view message, const Fields& fields = {}) {
    Write(Level::kInfo, message, fields);
  }
  void Warning(std::string_view message, const Fields& fields = {}) {
    Write(Level::kWarning, message, fields);
  }
  void Error(std::string_view message, const Fields& fields = {}) {
    Write(Level::kError, message, fields);
  }

 private:
  void Write(Level level, std::string_view message, const Fields& fields);

  const Clock& clock_;
  Mutex mutex_;
  Options options_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace segue::observability

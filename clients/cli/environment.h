#pragma once

// Everything that `segue` has from outside itself, so that tests can give it all.

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/cpp/client.h"

namespace segue::cli {

enum class Stream { kTerminal, kOther };

struct ScreenSize {
  int width = 80;
  int height = 24;
};

struct Environment {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  Stream in_stream = Stream::kOther;
  Stream out_stream = Stream::kOther;
  Stream err_stream = Stream::kOther;
  std::function<ScreenSize()> screen;
  std::function<absl::Time()> now;
  absl::TimeZone zone = absl::UTCTimeZone();
  std::function<std::string(const std::string&)> variable;  // empty: not set
  std::function<std::string()> uuid;
  std::function<absl::StatusOr<std::unique_ptr<client::Client>>(const client::ConnectOptions&,
                                                                const client::CallPolicy&)>
      connect;
  // Runs a program with these arguments, in the terminal of this one, and returns its exit code;
  // nothing where it cannot be started.
  std::function<std::optional<int>(const std::string& program,
                                   const std::vector<std::string>& arguments)>
      run;
  // Has `callback` called, on another thread, at the first Ctrl-C; an empty one restores the
  // default. A second Ctrl-C ends the process.
  std::function<void(std::function<void()> callback)> on_interrupt;
};

}  // namespace segue::cli

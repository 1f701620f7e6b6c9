#pragma once

// Processes that the load generator starts, and ends again by their id.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace segue::load {

// A running process; ended when this is destroyed, and by the kernel if this process dies first.
class Child {
 public:
  // What it prints goes to `log_file`. Start it from a thread that lives as long as it should.
  static absl::StatusOr<std::unique_ptr<Child>> Start(const std::vector<std::string>& command,
                                                      const std::string& log_file);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int pid() const { return pid_; }
  bool Running();
  // Whether it has ended, within `timeout`.
  bool AwaitEnd(absl::Duration timeout);
  // SIGTERM, then SIGKILL after `grace`. What happened, e.g. "exited with 0".
  std::string Stop(absl::Duration grace);

 private:
  explicit Child(int pid) : pid_(pid) {}
  int pid_;
  bool ended_ = false;
  int wait_status_ = 0;
};

// A TCP port of 127.0.0.1 that is free at this moment.
absl::StatusOr<int> FreePort();

// Returns once a connection to the address stands. UNAVAILABLE if none does within `timeout`.
absl::Status AwaitConnection(const std::string& address, absl::Duration timeout);

}  // namespace segue::load

#pragma once

#include <string>

namespace segue::process {

// What comes to the process from outside: SIGTERM and SIGINT ask it to end; SIGHUP, or a change of
// the configuration file, to read it again.
//
// The file's directory is watched (inotify), not the file: editors and Kubernetes put a new one in
// its place.
class Signals {
 public:
  // Blocks the signals for this thread and those it makes. `config_file` may be empty.
  explicit Signals(std::string config_file);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  enum class Event { kStop, kConfigChanged };
  // Blocks until something comes. Several changes of the file close together are one event.
  Event Wait();

 private:
  bool ConfigChanged();

  const std::string config_file_;
  std::string config_text_;  // as last read: an event without a change is none
  int signal_fd_ = -1;
  int inotify_fd_ = -1;
};

}  // namespace segue::process

#include "server/process/signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "server/base/check.h"

namespace segue::process {
namespace {

// Waits this long for the rest of a burst of changes.
constexpr int kSettleMillis = 200;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string DirectoryOf(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  return directory.empty() ? "." : directory;
}

void Discard(int fd) {
  char buffer[4096];
  [[maybe_unused]] const ssize_t bytes = read(fd, buffer, sizeof buffer);
}

}  // namespace

Signals::Signals(std::string config_file) : config_file_(std::move(config_file)) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  SEGUE_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  // A peer that closes its connection is an error of that write, not the end of the process.
  signal(SIGPIPE, SIG_IGN);
  signal_fd_ = signalfd(-1, &set, SFD_CLOEXEC);
  SEGUE_CHECK(signal_fd_ >= 0);
  if (config_file_.empty()) return;
  config_text_ = ReadFile(config_file_);
  inotify_fd_ = inotify_init1(IN_CLOEXEC);
  SEGUE_CHECK(inotify_fd_ >= 0);
  inotify_add_watch(inotify_fd_, DirectoryOf(config_file_).c_str(),
                    IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE);
}

Signals::~Signals() {
  close(signal_fd_);
  if (inotify_fd_ >= 0) close(inotify_fd_);
}

bool Signals::ConfigChanged() {
  pollfd more{.fd = inotify_fd_, .events = POLLIN, .revents = 0};
  do {
    Discard(inotify_fd_);
  } while (poll(&more, 1, kSettleMillis) > 0);
  std::string text = ReadFile(config_file_);
  return std::exchange(config_text_, text) != text;
}

Signals::Event Signals::Wait() {
  pollfd fds[] = {{.fd = signal_fd_, .events = POLLIN, .revents = 0},
                  {.fd = inotify_fd_, .events = POLLIN, .revents = 0}};
  while (true) {
    if (poll(fds, std::size(fds), -1) <= 0) continue;
    if ((fds[0].revents & POLLIN) != 0) {
      signalfd_siginfo info{};
      [[maybe_unused]] const ssize_t bytes = read(signal_fd_, &info, sizeof info);
      if (info.ssi_signo == SIGHUP) return Event::kConfigChanged;
      return Event::kStop;
    }
    if ((fds[1].revents & POLLIN) != 0 && ConfigChanged()) return Event::kConfigChanged;
  }
}

}  // namespace segue::process

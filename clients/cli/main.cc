// The process of `segue`: terminal, signals, environment variables.

#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "clients/cli/app.h"

namespace {

using segue::cli::Environment;
using segue::cli::ScreenSize;
using segue::cli::Stream;

int interrupt_pipe[2] = {-1, -1};

// All that a signal handler may do; a second Ctrl-C finds the default again and ends the process.
void OnSignal(int) {
  std::signal(SIGINT, SIG_DFL);
  const char byte = 0;
  [[maybe_unused]] const auto written = write(interrupt_pipe[1], &byte, 1);
}

// Calls back from an ordinary thread when Ctrl-C was pressed.
class Interrupts {
 public:
  void Set(std::function<void()> callback) {
    const std::lock_guard lock(mutex_);
    callback_ = std::move(callback);
    if (!callback_) {
      std::signal(SIGINT, SIG_DFL);
      return;
    }
    if (interrupt_pipe[0] < 0) {
      if (pipe(interrupt_pipe) != 0) return;
      std::thread([this] { Listen(); }).detach();
    }
    std::signal(SIGINT, OnSignal);
  }

 private:
  void Listen() {
    char byte = 0;
    while (read(interrupt_pipe[0], &byte, 1) == 1) {
      const std::lock_guard lock(mutex_);
      if (callback_) callback_();
    }
  }

  std::mutex mutex_;
  std::function<void()> callback_;
};

ScreenSize Screen() {
  ScreenSize size;
  winsize window = {};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0 && window.ws_row > 0) {
    size.width = window.ws_col;
    size.height = window.ws_row;
  }
  return size;
}

// The program beside this one, or else as the shell would find it.
std::optional<int> RunProgram(const std::string& program,
                              const std::vector<std::string>& arguments) {
  std::error_code ignored;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  const std::string beside = (self.parent_path() / program).string();
  std::vector<std::string> words = {access(beside.c_str(), X_OK) == 0 ? beside : program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::cout.flush();
  pid_t child = 0;
  if (posix_spawnp(&child, argv.front(), nullptr, nullptr, argv.data(), environ) != 0) {
    return std::nullopt;
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return 1;
  return WEXITSTATUS(status);
}

std::string Uuid() {
  std::random_device random;
  const auto word = [&] { return static_cast<uint64_t>(random()); };
  // RFC 9562, version 4.
  return absl::StrFormat("%08x-%04x-4%03x-%04x-%08x%04x", word(), word() & 0xFFFF, word() & 0xFFF,
                         (word() & 0x3FFF) | 0x8000, word(), word() & 0xFFFF);
}

}  // namespace

int main(int argc, char** argv) {
  // Never destroyed: its thread waits for signals until the process ends.
  static auto& interrupts = *new Interrupts;
  std::ios::sync_with_stdio(false);
  // A reader that closes early, such as head, is no crash.
  std::signal(SIGPIPE, SIG_DFL);
  Environment environment{.in = std::cin, .out = std::cout, .err = std::cerr};
  environment.out_stream = isatty(STDOUT_FILENO) == 1 ? Stream::kTerminal : Stream::kOther;
  environment.err_stream = isatty(STDERR_FILENO) == 1 ? Stream::kTerminal : Stream::kOther;
  environment.in_stream = isatty(STDIN_FILENO) == 1 ? Stream::kTerminal : Stream::kOther;
  environment.screen = Screen;
  environment.now = [] { return absl::Now(); };
  environment.zone = absl::LocalTimeZone();
  environment.variable = [](const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return std::string(value == nullptr ? "" : value);
  };
  environment.uuid = Uuid;
  environment.run = RunProgram;
  environment.connect = [](const segue::client::ConnectOptions& options,
                           const segue::client::CallPolicy& policy) {
    return segue::client::Client::Connect(options, policy);
  };
  environment.on_interrupt = [](std::function<void()> callback) {
    interrupts.Set(std::move(callback));
  };
  return static_cast<int>(
      segue::cli::Run(std::vector<std::string>(argv + 1, argv + argc), environment));
}

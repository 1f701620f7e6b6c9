#include "clients/load/child.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grpcpp/channel.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/cpp/channel.h"

namespace segue::load {

absl::StatusOr<std::unique_ptr<Child>> Child::Start(const std::vector<std::string>& command,
                                                    const std::string& log_file) {
  // Everything that allocates comes before the fork: this process has threads.
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int log = open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log < 0) return absl::InternalError(absl::StrCat("cannot write ", log_file));
  const int parent = getpid();
  const int pid = fork();
  if (pid < 0) {
    close(log);
    return absl::InternalError(absl::StrCat("fork: ", std::strerror(errno)));
  }
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);  // it died before the line above
    // Ctrl-C goes to the terminal's whole group; the parent ends its children in order.
    setpgid(0, 0);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  close(log);
  return std::unique_ptr<Child>(new Child(pid));
}

Child::~Child() { Stop(absl::Seconds(10)); }

bool Child::Running() {
  if (!ended_ && waitpid(pid_, &wait_status_, WNOHANG) == pid_) ended_ = true;
  return !ended_;
}

bool Child::AwaitEnd(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (Running() && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(10));
  return !Running();
}

std::string Child::Stop(absl::Duration grace) {
  if (Running()) kill(pid_, SIGTERM);
  if (!AwaitEnd(grace)) {
    kill(pid_, SIGKILL);
    waitpid(pid_, &wait_status_, 0);
    ended_ = true;
  }
  return WIFEXITED(wait_status_) ? absl::StrCat("exited with ", WEXITSTATUS(wait_status_))
                                 : absl::StrCat("ended by signal ", WTERMSIG(wait_status_));
}

absl::StatusOr<int> FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool bound = fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (fd >= 0) close(fd);
  if (!bound) return absl::InternalError("no free port");
  return ntohs(address.sin_port);
}

absl::Status AwaitConnection(const std::string& address, absl::Duration timeout) {
  const auto channel = client::OpenChannel({.address = address, .tls = {}, .own_connection = true});
  if (!channel.ok()) return channel.status();
  if ((*channel)->WaitForConnected(absl::ToChronoTime(absl::Now() + timeout))) {
    return absl::OkStatus();
  }
  return absl::UnavailableError(absl::StrCat("nothing answers at ", address));
}

}  // namespace segue::load

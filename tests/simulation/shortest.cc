#include "tests/simulation/shortest.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace segue::simulation {
namespace {

constexpr char kStopped[] = "stopped";
// Of a run that was stopped nothing is known: so long may its phase with faults have been.
constexpr int64_t kStepsUnknown = int64_t{1} << 24;

// The rule's name: what stands before the first colon.
std::string RuleOf(const std::string& broken) { return broken.substr(0, broken.find(':')); }

// In the child: the run, and what came of it.
[[noreturn]] void RunInto(int pipe, const RunOptions& options) {
  const int nowhere = ::open("/dev/null", O_WRONLY);
  ::dup2(nowhere, STDOUT_FILENO);
  ::dup2(nowhere, STDERR_FILENO);
  ::alarm(kTrySeconds);
  const RunResult result = Run(options);
  const std::string text =
      absl::StrCat(result.fault_steps, "\n", result.submits, "\n", result.operations, "\n",
                   result.clients, "\n", RuleOf(result.broken));
  const bool written = ::write(pipe, text.data(), text.size()) == std::ssize(text);
  std::_Exit(written ? 0 : 1);
}

std::string ReadAll(int pipe) {
  std::string text;
  char buffer[256];
  while (true) {
    const ssize_t count = ::read(pipe, buffer, sizeof(buffer));
    if (count <= 0) return text;
    text.append(buffer, static_cast<size_t>(count));
  }
}

// One thing that a run may be cut down in.
struct Knife {
  int64_t most = 0;  // that the failing run had
  int64_t least = 0;
  std::function<void(Cuts&, int64_t)> cut;
};

std::vector<Knife> KnivesFor(const Tried& tried) {
  const bool known = tried.rule != kStopped;
  const RunResult& result = tried.result;
  const auto number = [](int64_t wide) { return static_cast<int>(wide); };
  return {
      {.most = known ? result.fault_steps : kStepsUnknown,
       .cut = [](Cuts& cuts, int64_t steps) { cuts.until_step = steps; }},
      {.most = known ? result.submits : 1000,
       .cut = [number](Cuts& cuts, int64_t count) { cuts.submits = number(count); }},
      {.most = known ? result.operations : 1000,
       .least = 1,
       .cut = [number](Cuts& cuts, int64_t count) { cuts.operations = number(count); }},
      {.most = known ? result.clients : 8,
       .least = 1,
       .cut = [number](Cuts& cuts, int64_t count) { cuts.clients = number(count); }},
  };
}

}  // namespace

Tried TryRun(const RunOptions& options) {
  int ends[2];
  Tried tried{.rule = kStopped, .result = {}};
  std::fflush(stdout);
  if (::pipe(ends) != 0) return tried;
  const pid_t child = ::fork();
  if (child == 0) RunInto(ends[1], options);
  ::close(ends[1]);
  const std::string text = ReadAll(ends[0]);
  ::close(ends[0]);
  int status = 0;
  const bool ended = ::waitpid(child, &status, 0) == child && WIFEXITED(status);
  const std::vector<std::string> parts = absl::StrSplit(text, '\n');
  if (!ended || WEXITSTATUS(status) != 0 || parts.size() != 5) return tried;
  static_cast<void>(absl::SimpleAtoi(parts[0], &tried.result.fault_steps));
  static_cast<void>(absl::SimpleAtoi(parts[1], &tried.result.submits));
  static_cast<void>(absl::SimpleAtoi(parts[2], &tried.result.operations));
  static_cast<void>(absl::SimpleAtoi(parts[3], &tried.result.clients));
  tried.rule = parts[4];
  return tried;
}

Cuts ShortestCuts(RunOptions failing, const Tried& tried) {
  for (const Knife& knife : KnivesFor(tried)) {
    // `high` fails in the same way, as far as is known; below `low` nothing was found.
    int64_t low = knife.least;
    int64_t high = knife.most;
    Cuts best = failing.cuts;
    // To a hundredth: each try is a whole run.
    while (high - low > high / 100) {
      const int64_t middle = low + (high - low) / 2;
      RunOptions shorter = failing;
      knife.cut(shorter.cuts, middle);
      if (TryRun(shorter).rule == tried.rule) {
        high = middle;
        best = shorter.cuts;
      } else {
        low = middle + 1;
      }
    }
    failing.cuts = best;
  }
  return failing.cuts;
}

}  // namespace segue::simulation

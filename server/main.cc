#include <csignal>
#include <memory>
#include <string>
#include <variant>

#include "absl/synchronization/mutex.h"
#include "server/base/clock.h"
#include "server/observability/log.h"
#include "server/process/flags.h"
#include "server/process/open_store.h"
#include "server/process/server_process.h"
#include "server/process/settings.h"
#include "server/process/signals.h"

namespace {

using segue::process::Flags;
using segue::process::ServerProcess;
using segue::process::Signals;

int Fail(segue::observability::Log& log, const absl::Status& status) {
  log.Error("cannot start", {{"error", std::string(status.message())}});
  return 1;
}

void Reload(const Flags& flags, ServerProcess& server, segue::observability::Log& log) {
  auto config = segue::process::LoadConfig(flags);
  const absl::Status status = config.ok() ? server.Reload(*config) : config.status();
  if (status.ok()) return;
  log.Error("the changed configuration is refused; the one before stays in force",
            {{"error", std::string(status.message())}});
}

}  // namespace

int main(int argc, char** argv) {
  // Debian's Abseil looks for lock cycles at every lock, as debug builds do: a tenth of the CPU.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  auto parsed = segue::process::ParseFlags(argc, argv);
  if (const int* exit_code = std::get_if<int>(&parsed)) return *exit_code;
  const Flags& flags = std::get<Flags>(parsed);

  // Before any thread is made, so that all of them leave the signals to this one.
  Signals signals(flags.config_file);
  const segue::RealClock clock;
  auto config = segue::process::LoadConfig(flags);
  segue::observability::Log log(
      clock, segue::process::LogOptions(config.ok() ? config->log() : segue::config::v1::Log()));
  if (!config.ok()) return Fail(log, config.status());
  if (flags.mode == Flags::Mode::kCheckStore) {
    return segue::process::CheckStored(config->store());
  }
  if (flags.mode == Flags::Mode::kAcceptLoss) {
    return segue::process::AcceptLoss(config->store());
  }

  auto server = ServerProcess::Make(*config, clock, log);
  if (!server.ok()) return Fail(log, server.status());
  if (absl::Status status = (*server)->Start(); !status.ok()) {
    Fail(log, status);
    std::_Exit(1);  // its threads run: there is nothing to save
  }
  while (signals.Wait() == Signals::Event::kConfigChanged) Reload(flags, **server, log);
  (*server)->Drain();
  return 0;
}

#include <algorithm>
#include <utility>

#include "tests/simulation/client_states.h"

// StopExecution and RedriveExecution.

namespace segue::simulation {
namespace {

// How long asking again under one token is no new redrive: AWS's 15 minutes, less what a call may
// take.
constexpr double kTokenValidSeconds = 13 * 60;

}  // namespace

async::Task<void> StatesClient::Stop(Server* server) {
  const std::optional<Target> target = AnyExecution(server);
  if (!target || IsOfModel(world_.ledger, target->id)) co_return;
  const std::string id = target->id;
  world_.ledger.OnCancelAsked(id);
  Json request = Json::Of(
      {{"executionArn", target->arn}, {"error", "Sim.Stopped"}, {"cause", "a client wishes it"}});
  const StatesAnswer answer = co_await Ask(server, "StopExecution", std::move(request));
  if (server->cut()) co_return;
  if (!answer.ok()) co_return CheckError(answer, "StopExecution", id);
  if (!answer.Number("stopDate")) Broken(target->arn, " is stopped with ", answer.body.Dump());
  const Ledger::Execution* durable = world_.ledger.Find(id);
  // One that is open has been redriven meanwhile.
  if (durable == nullptr || durable->closed() || durable->redrives > 0) co_return;
  Broken(target->arn, " is stopped, and is open");
}

async::Task<void> StatesClient::Redrive(Server* server) {
  const std::optional<Target> target = AnyExecution(server);
  // The children of a Map Run are redriven by their parent's.
  if (!target || target->machine.find('/') != target->machine.npos) co_return;
  const Before before = BeforeOf(target->id);
  const std::string token = absl::StrCat("states-", world_.random.Below(3));
  Json request = Json::Of({{"executionArn", target->arn}, {"clientToken", token}});
  const StatesAnswer answer = co_await Ask(server, "RedriveExecution", std::move(request));
  if (server->cut()) co_return;
  if (answer.ok()) co_return CheckRedriven(*target, token, answer);
  if (answer.error == "ExecutionNotRedrivable") {
    co_return CheckNotRedrivable(*target, before, server->Now());
  }
  if (answer.error == "ExecutionLimitExceeded") co_return;
  CheckError(answer, "RedriveExecution", target->id);
}

void StatesClient::CheckRedriven(const Target& target, const std::string& token,
                                 const StatesAnswer& answer) {
  const std::optional<double> date = answer.Number("redriveDate");
  if (!date) return Broken(target.arn, " is redriven with ", answer.body.Dump());
  if (world_.ledger.WasRemoved(target.id)) return;
  const Ledger::Execution* durable = world_.ledger.Find(target.id);
  const bool written =
      durable != nullptr && durable->redrive_time && *date <= DateOf(*durable->redrive_time);
  if (!written) return Broken(target.arn, " is redriven, and that is not durable");
  double& known = world_.known.states.redrives[{target.arn, token}];
  // Of two at once, the one that only repeats may be answered first.
  if (*date != known && *date < known + kTokenValidSeconds) {
    Broken(target.arn, " is redriven again by ", token);
  }
  known = *date;
}

void StatesClient::CheckNotRedrivable(const Target& target, const Before& before, absl::Time now) {
  const Ledger::Execution* durable = world_.ledger.Find(target.id);
  const scheduler::Options& options = world_.knobs.scheduler;
  const absl::Duration kept = std::min(options.retention, options.redrivable_period);
  // ExecutionRedriven, and one more.
  const int64_t events_max = options.limits.history_events_max;
  const bool full = events_max > 0 && before && before->last_event >= events_max - 1;
  const bool could = !full && before && before->closed() && durable != nullptr &&
                     durable->closed() && before->redrives == durable->redrives &&
                     durable->status != engine::ExecutionStatus::kSucceeded &&
                     before->closed_time > now - kept;
  if (could) Broken(target.arn, " is said to be not redrivable");
}

}  // namespace segue::simulation

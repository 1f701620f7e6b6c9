#include "server/scheduler/redrive.h"

#include <algorithm>
#include <utility>

#include "server/async/one_shot.h"
#include "server/engine/aws_text.h"
#include "server/engine/redrive.h"
#include "server/language/text.h"
#include "server/scheduler/errors.h"
#include "server/scheduler/shard.h"

namespace segue::scheduler {

std::string RedriveFault(const engine::Execution& execution, Kept kept, const RedriveTerms& terms,
                         absl::Time now) {
  if (execution.type == engine::ExecutionType::kExpress) {
    return "Execution is EXPRESS and cannot be redriven";
  }
  const bool is_over = IsClosed(execution.status);
  if (!is_over || execution.status == engine::ExecutionStatus::kSucceeded) {
    return language::Concat("Execution is ", engine::AwsStatusName(execution.status),
                            " and cannot be redriven");
  }
  // AWS's words for what ended when there was nothing to keep for a redrive.
  if (kept == Kept::kNo) return "Execution was started before the launch of RedriveExecution";
  // ExecutionRedriven, and one more.
  if (terms.history_events > 0 && execution.last_event >= terms.history_events - 1) {
    return "Execution history event limit exceeded";
  }
  if (execution.end_time && *execution.end_time + terms.period <= now) {
    return "Execution redrivable period exceeded";
  }
  return "";
}

std::string Shard::RedriveFaultOf(const Live& live) const {
  const bool kept = live.is_kept || engine::IsRedrivable(live.execution);
  const RedriveTerms terms{.period = std::min(options_.redrivable_period, options_.retention),
                           .history_events = options_.limits.history_events_max};
  return RedriveFault(live.execution, kept ? Kept::kYes : Kept::kNo, terms, Now());
}

void Shard::TellRedriven(const engine::Execution& execution) {
  ++open_told_;
  deps_.observer->OnRedriven(execution);
}

// The execution as the store has it, where it is not in memory; null where it is, or there is none.
async::Task<absl::StatusOr<std::unique_ptr<Live>>> Shard::ReadClosed(ExecutionId id) {
  const uint64_t resets = resets_;
  Reading reading{.id = id};
  absl::StatusOr<std::unique_ptr<Live>> read = absl::UnknownError("not read");
  do {
    // One that is about to leave memory does so once all is told of its end.
    while (Live* live = Find(id)) {
      if (!IsClosed(live->execution.status)) co_return std::unique_ptr<Live>();
      absl::Status durable = co_await Durable(live->turn);
      if (!durable.ok()) co_return durable;
      async::OneShot<bool> next_turn;
      deps_.executor->Post([&next_turn] { next_turn.Set(true); });
      co_await next_turn;
    }
    reading.old = false;
    reading_.push_back(&reading);
    read = co_await Read(id, Part::kAll);
    std::erase(reading_, &reading);
    if (!read.ok()) co_return read.status();
    if (resets != resets_) co_return Recovering();
  } while (reading.old || Find(id) != nullptr);
  co_return read;
}

async::Task<absl::StatusOr<RedriveResult>> Shard::Reopen(ExecutionId id,
                                                         engine::Redriven redriven) {
  if (absl::Status status = Admissible(); !status.ok()) co_return status;
  absl::StatusOr<std::unique_ptr<Live>> read = co_await ReadClosed(id);
  if (!read.ok()) co_return read.status();
  if (absl::Status status = Admissible(); !status.ok()) co_return status;
  const Live* known = *read == nullptr ? Find(id) : read->get();
  if (known == nullptr) {
    // An EXPRESS one that closed may still be here.
    absl::StatusOr<ExecutionView> view = co_await Get(id, Detail::kBasic);
    if (!view.ok()) co_return view.status();
    co_return ExecutionNotRedrivable(id, view->redrive_fault);
  }
  for (const engine::RedriveToken& token : known->execution.redrive_tokens) {
    if (token.token != redriven.token || token.time + kRedriveTokenValid <= Now()) continue;
    RedriveResult result{
        .view = ViewOf(*known, Detail::kBasic), .time = token.time, .duplicate = true};
    absl::Status durable = co_await Durable(known->turn);
    if (!durable.ok()) co_return durable;
    co_return result;
  }
  if (std::string fault = RedriveFaultOf(*known); !fault.empty()) {
    // Another redrive may be on its way to the store: only what stays is a reason.
    absl::Status durable = co_await Durable(known->turn);
    if (!durable.ok()) co_return durable;
    co_return ExecutionNotRedrivable(id, fault);
  }
  if (HasLeftovers(id)) {
    // First what it had started ends: a redrive has the same Map Run go on.
    co_await NextEndOfLeftover(id);
    co_return co_await Reopen(std::move(id), std::move(redriven));
  }
  if (absl::Status status = HasRoom(known->execution); !status.ok()) co_return status;
  if (IsBeingRemoved(id)) co_return ExecutionNotFound(id);
  Live& live = *live_.emplace(id, *std::move(read)).first->second;
  live.is_kept = false;
  Apply(live, std::move(redriven));
  const uint64_t turn = turn_.number;
  redriven_.emplace_back(turn, id);
  RedriveResult result{.view = ViewOf(live, Detail::kBasic), .time = *live.execution.redrive_time};
  absl::Status durable = co_await Durable(turn);
  if (!durable.ok()) co_return durable;
  TellRedriven(result.view.execution);
  co_return result;
}

async::Task<absl::StatusOr<RedriveResult>> Shard::Redrive(ExecutionId id, std::string token) {
  engine::Redriven redriven{.token = std::move(token)};
  co_return co_await Reopen(std::move(id), std::move(redriven));
}

// A child that a Map Run asks for and that exists: one that had no success before the run was
// redriven goes on with it. An EXPRESS one is started anew (nothing: it does not exist any more).
async::Task<absl::StatusOr<std::optional<SubmitResult>>> Shard::ReopenForRun(
    const Admission& admission, SubmitResult existing) {
  const engine::Execution& child = existing.view.execution;
  const int64_t run_redrive = admission.execution.run_redrive;
  const bool is_behind = IsClosed(child.status) &&
                         child.status != engine::ExecutionStatus::kSucceeded &&
                         child.run_redrive < run_redrive;
  if (!is_behind) co_return std::optional<SubmitResult>(std::move(existing));
  if (child.type == engine::ExecutionType::kExpress) {
    if (Find(child.id) != nullptr) co_return Recovering();  // it is just closing
    std::erase_if(closed_express_, [&child](const std::unique_ptr<Live>& closed) {
      return closed->execution.id == child.id;
    });
    co_return std::optional<SubmitResult>();
  }
  engine::Redriven redriven{.run_redrive = run_redrive};
  absl::StatusOr<RedriveResult> reopened = co_await Reopen(child.id, std::move(redriven));
  if (reopened.ok()) existing.view = std::move(reopened->view);
  // Where it cannot be redriven, it stays as it ended.
  if (!reopened.ok() && !absl::IsFailedPrecondition(reopened.status())) {
    co_return reopened.status();
  }
  co_return std::optional<SubmitResult>(std::move(existing));
}

}  // namespace segue::scheduler

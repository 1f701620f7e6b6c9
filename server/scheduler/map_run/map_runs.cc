#include <utility>

#include "server/engine/apply.h"
#include "server/scheduler/errors.h"
#include "server/scheduler/map_run/map_run_driver.h"
#include "server/scheduler/shard.h"

// The Map Runs of a shard's executions: started by their effect, and again by recovery.

namespace segue::scheduler {

void Shard::StartMapRun(Live& live, engine::AttemptId attempt) {
  if (state_ == State::kStopping || live.attempts.contains(attempt)) return;
  // Given up while the commit was under way.
  if (!engine::IsInFlight(live.execution, attempt)) return;
  MapRunDriver::Dependencies dependencies{
      .scheduler = *deps_.scheduler,
      .executor = *deps_.executor,
      .objects = deps_.objects,
      .write =
          [this](std::vector<store::DocumentWrite> documents) {
            return CommitDocuments(std::move(documents));
          },
      .read = [this](std::string uuid) { return ReadMapRun(std::move(uuid)); },
      .end_children = [this](std::string run) { return EndChildrenOf(std::move(run)); },
      .count_children = [this](StartedMapRun run,
                               MapRun* stopped) { return CountChildren(std::move(run), stopped); }};
  auto run = std::make_shared<MapRunDriver>(std::move(dependencies),
                                            SceneOf(live.workflow, live.execution, attempt.branch),
                                            live.definition);
  live.attempts[attempt] = {.at_stop = Outstanding::AtStop::kDrop, .run = run};
  tasks_.Spawn(FollowMapRun(live.execution.id, attempt, std::move(run)));
}

async::Task<void> Shard::FollowMapRun(ExecutionId id, engine::AttemptId attempt,
                                      std::shared_ptr<MapRunDriver> run) {
  const absl::Time started = Now();
  const AttemptName name(id, attempt);
  // One that was abandoned completes what it has begun before this one goes on with it.
  at_work_[name].runs.push_back(run);
  while (at_work_.at(name).runs.front() != run) {
    co_await NextEndOfWork(name);
  }
  std::optional<Outcome<Json>> outcome = co_await run->Run();
  std::erase(at_work_.at(name).runs, run);
  TellEndOfWork(name);
  if (!outcome || FindAwaiting(id) == nullptr) co_return;
  OnAttemptFinished(id, attempt, {.outcome = *std::move(outcome), .started = started});
}

std::shared_ptr<MapRunDriver> Shard::RunAtWork(const ExecutionId& execution,
                                               const std::string& uuid) {
  const Live* live = Find(execution);
  if (live == nullptr) return nullptr;
  for (const auto& [attempt, out] : live->attempts) {
    if (out.run != nullptr && out.run->view().uuid == uuid) return out.run;
  }
  return nullptr;
}

async::Task<absl::StatusOr<std::optional<std::string>>> Shard::ReadMapRun(std::string uuid) {
  co_return co_await deps_.store->ReadDocument(kMapRuns, std::move(uuid), *deps_.executor);
}

async::Task<std::optional<MapRun>> Shard::FindMapRun(ExecutionId execution, std::string uuid) {
  const std::shared_ptr<MapRunDriver> run = RunAtWork(execution, uuid);
  if (run == nullptr || !run->is_restored()) co_return std::nullopt;
  co_return run->view();
}

async::Task<absl::Status> Shard::UpdateMapRun(ExecutionId execution, std::string uuid,
                                              MapRunUpdate update) {
  const std::shared_ptr<MapRunDriver> run = RunAtWork(execution, uuid);
  if (run == nullptr) co_return MapRunClosed(uuid);
  co_return co_await run->Update(std::move(update));
}

}  // namespace segue::scheduler

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "server/base/mutex.h"
#include "services/connector/connector.h"
#include "services/connector/task_source.h"

namespace segue::services {

// The connector behind worker:<task type> and activities: a call waits in a queue of its type until
// a worker polls for it. The poll is the call's answer ({"workerName": who}); the task's result
// comes with its token, and is not this connector's business. Nothing here is durable: an attempt
// that waits is sent again when the server recovers.
//
// A queue gives its tasks to workflows in turn, and the tasks of one workflow in the order in which
// they came; polls are served in the order in which they came. A call that is cancelled leaves the
// queue. A queue holds kTasksMax tasks (beyond: Segue.QueueFull, which Retry can match) and
// kPollsMax polls.
//
// Threads: any; a call and a poll are resumed on their own executors. One lock, held shortly.
// Ownership: outlives its calls and polls; the executors outlive it.
class WorkerPool final : public Connector, public TaskSource {
 public:
  static constexpr int64_t kTasksMax = 1'000'000;
  static constexpr int64_t kPollsMax = 1'000;  // AWS's limit for pollers of one activity

  WorkerPool();
  ~WorkerPool() override;

  // `method` is the queue's name.
  async::Task<CallResult> Invoke(Call call, async::Executor& executor,
                                 async::CancelToken cancel) override;
  std::optional<std::string> CheckMethod(const std::string& method) const override;

  async::Task<absl::StatusOr<std::optional<PulledTask>>> Poll(PollRequest request,
                                                              async::Executor& executor,
                                                              async::CancelToken cancel) override;
  int64_t Waiting(const std::string& queue) const override;
  void StopPolls() override;

 private:
  struct WaitingTask;
  struct WaitingPoll;
  class Queue;

  void Offer(const std::shared_ptr<WaitingTask>& task);
  void Withdraw(const std::shared_ptr<WaitingTask>& task);
  void EndPoll(const std::shared_ptr<WaitingPoll>& poll);
  Queue& QueueOf(const std::string& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Tidy(const std::string& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  // Only queues in which something waits.
  absl::flat_hash_map<std::string, std::unique_ptr<Queue>> queues_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace segue::services

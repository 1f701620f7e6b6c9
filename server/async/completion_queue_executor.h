#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "server/async/executor.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"

namespace segue::async {

// An executor over one gRPC completion queue: RPCs of the server, calls to services, timers and
// hand-overs from other threads all arrive in one loop. Every tag on the queue is a QueueTag.
//
// A turn takes what the queue has ready (kEventsPerTurnMax at most, so that timers and the commit
// are never starved), then what was posted, then the timers that are due, then runs the turn-end
// hook.
//
// Threads: Run is called by one thread, which becomes the loop's; Post, Stop and IsCurrent by any.
class CompletionQueueExecutor final : public Executor {
 public:
  // `queue` may be a grpc::ServerCompletionQueue; it is owned and shut down here.
  CompletionQueueExecutor(std::unique_ptr<grpc::CompletionQueue> queue, const Clock& clock);
  ~CompletionQueueExecutor() override;

  // Loops until Stop; then shuts the queue down and returns once it is empty.
  void Run();
  // The loop ends soon. What is posted from now on is dropped.
  void Stop();

  void Post(Callback callback) override;
  bool IsCurrent() const override;
  absl::Time Now() const override { return clock_.Now(); }
  TimerId At(absl::Time time, Callback callback) override;
  void Cancel(TimerId timer) override;
  void SetTurnEndHook(Callback hook) override { turn_end_ = std::move(hook); }
  grpc::CompletionQueue* completion_queue() override { return queue_.get(); }

 private:
  static constexpr int kEventsPerTurnMax = 512;
  class Wakeup;

  // Each says whether it did something.
  bool TakeEvents();
  bool RunPosted();
  bool RunTimers();
  absl::Time WaitUntil();
  void Drain();

  std::unique_ptr<grpc::CompletionQueue> queue_;
  const Clock& clock_;
  Callback turn_end_;
  std::atomic<std::thread::id> thread_{};
  bool queue_ended_ = false;

  std::vector<Callback> local_;  // posted by the loop's own thread
  std::map<std::pair<absl::Time, TimerId>, Callback> timers_;
  absl::flat_hash_map<TimerId, absl::Time> timer_times_;
  uint64_t timers_made_ = 0;

  Mutex mutex_;
  std::vector<Callback> remote_ ABSL_GUARDED_BY(mutex_);  // posted by other threads
  bool wakeup_set_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<Wakeup> wakeup_;
};

}  // namespace segue::async

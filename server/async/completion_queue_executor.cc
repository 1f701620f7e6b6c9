#include "server/async/completion_queue_executor.h"

#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>

#include <chrono>

#include "server/async/queue_tag.h"
#include "server/base/check.h"

namespace segue::async {

// Brings the loop out of its wait: an alarm that is due at once.
class CompletionQueueExecutor::Wakeup final : public QueueTag {
 public:
  explicit Wakeup(CompletionQueueExecutor* owner) : owner_(owner) {}

  void Set() { alarm_.Set(owner_->queue_.get(), gpr_inf_past(GPR_CLOCK_REALTIME), this); }

  void Complete(bool) override {
    MutexLock lock(&owner_->mutex_);
    owner_->wakeup_set_ = false;
  }

 private:
  CompletionQueueExecutor* owner_;
  grpc::Alarm alarm_;
};

CompletionQueueExecutor::CompletionQueueExecutor(std::unique_ptr<grpc::CompletionQueue> queue,
                                                 const Clock& clock)
    : queue_(std::move(queue)), clock_(clock), wakeup_(std::make_unique<Wakeup>(this)) {}

CompletionQueueExecutor::~CompletionQueueExecutor() {
  if (!queue_ended_) Drain();
}

bool CompletionQueueExecutor::IsCurrent() const {
  return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

void CompletionQueueExecutor::Post(Callback callback) {
  if (IsCurrent()) {
    local_.push_back(std::move(callback));
    return;
  }
  MutexLock lock(&mutex_);
  if (stopped_) return;
  remote_.push_back(std::move(callback));
  if (std::exchange(wakeup_set_, true)) return;
  wakeup_->Set();
}

void CompletionQueueExecutor::Stop() {
  MutexLock lock(&mutex_);
  if (std::exchange(stopped_, true)) return;
  if (std::exchange(wakeup_set_, true)) return;
  wakeup_->Set();
}

TimerId CompletionQueueExecutor::At(absl::Time time, Callback callback) {
  const TimerId id(++timers_made_);
  timers_.emplace(std::pair(time, id), std::move(callback));
  timer_times_.emplace(id, time);
  return id;
}

void CompletionQueueExecutor::Cancel(TimerId timer) {
  const auto found = timer_times_.find(timer);
  if (found == timer_times_.end()) return;
  timers_.erase({found->second, timer});
  timer_times_.erase(found);
}

void CompletionQueueExecutor::Run() {
  thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  while (true) {
    bool worked = TakeEvents();
    worked |= RunPosted();
    worked |= RunTimers();
    if (worked && turn_end_) turn_end_();
    MutexLock lock(&mutex_);
    if (stopped_) break;
  }
  Drain();
  thread_.store(std::thread::id(), std::memory_order_relaxed);
}

absl::Time CompletionQueueExecutor::WaitUntil() {
  if (!local_.empty()) return absl::InfinitePast();
  {
    MutexLock lock(&mutex_);
    if (!remote_.empty() || stopped_) return absl::InfinitePast();
  }
  return timers_.empty() ? absl::InfiniteFuture() : timers_.begin()->first.first;
}

bool CompletionQueueExecutor::TakeEvents() {
  absl::Time until = WaitUntil();
  for (int taken = 0; taken < kEventsPerTurnMax; ++taken) {
    void* tag = nullptr;
    bool ok = false;
    gpr_timespec deadline = gpr_inf_past(GPR_CLOCK_REALTIME);
    if (until == absl::InfiniteFuture()) {
      deadline = gpr_inf_future(GPR_CLOCK_REALTIME);
    } else if (until != absl::InfinitePast()) {
      const timespec spec = absl::ToTimespec(until);
      deadline = {spec.tv_sec, static_cast<int32_t>(spec.tv_nsec), GPR_CLOCK_REALTIME};
    }
    const auto status = queue_->AsyncNext(&tag, &ok, deadline);
    if (status != grpc::CompletionQueue::GOT_EVENT) return taken > 0;
    static_cast<QueueTag*>(tag)->Complete(ok);
    until = absl::InfinitePast();
  }
  return true;
}

bool CompletionQueueExecutor::RunPosted() {
  std::vector<Callback> ready = std::exchange(local_, {});
  {
    MutexLock lock(&mutex_);
    for (Callback& callback : remote_) ready.push_back(std::move(callback));
    remote_.clear();
  }
  for (Callback& callback : ready) callback();
  return !ready.empty();
}

bool CompletionQueueExecutor::RunTimers() {
  if (timers_.empty()) return false;
  const absl::Time now = Now();
  bool worked = false;
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    auto node = timers_.extract(timers_.begin());
    timer_times_.erase(node.key().second);
    node.mapped()();
    worked = true;
  }
  return worked;
}

void CompletionQueueExecutor::Drain() {
  {
    MutexLock lock(&mutex_);
    stopped_ = true;
  }
  queue_->Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) static_cast<QueueTag*>(tag)->Complete(ok);
  queue_ended_ = true;
}

}  // namespace segue::async

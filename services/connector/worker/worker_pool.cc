#include "services/connector/worker/worker_pool.h"

#include <list>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/async/one_shot.h"
#include "server/base/error.h"

namespace segue::services {

// A call that waits for a worker. Touched under the pool's lock while it is in a queue; `taken`
// only on its executor.
struct WorkerPool::WaitingTask {
  std::string queue;
  PulledTask task;
  async::Executor* executor = nullptr;
  async::OneShot<CallResult> answer;
  bool waits = true;  // in the queue
};

// A worker that waits for a task.
struct WorkerPool::WaitingPoll {
  std::string queue;
  std::string worker;
  async::Executor* executor = nullptr;
  async::OneShot<std::optional<PulledTask>> answer;
  bool waits = true;
};

namespace {

CallResult TakenBy(const std::string& worker) {
  return {.outcome = Json::Of({{"workerName", worker}}), .retry_after = std::nullopt};
}

template <typename Waiting, typename Value>
void Answer(const std::shared_ptr<Waiting>& waiting, Value value) {
  waiting->executor->Post([waiting, value = std::move(value)]() mutable {
    if (!waiting->answer.is_set()) waiting->answer.Set(std::move(value));
  });
}

}  // namespace

// Tasks in turn over the workflows that have some, polls in order. Never both at once.
class WorkerPool::Queue {
 public:
  void Add(std::shared_ptr<WaitingTask> task) {
    const std::string workflow = task->task.workflow;
    std::deque<std::shared_ptr<WaitingTask>>& own = tasks_[workflow];
    if (own.empty()) turns_.push_back(workflow);
    own.push_back(std::move(task));
    ++waiting_;
  }

  // Null where none waits.
  std::shared_ptr<WaitingTask> Take() {
    while (!turns_.empty()) {
      const std::string workflow = std::move(turns_.front());
      turns_.pop_front();
      const auto own = tasks_.find(workflow);
      std::shared_ptr<WaitingTask> task = std::move(own->second.front());
      own->second.pop_front();
      if (own->second.empty()) {
        tasks_.erase(own);
      } else {
        turns_.push_back(workflow);
      }
      if (!task->waits) {
        --withdrawn_;
        continue;
      }
      task->waits = false;
      --waiting_;
      return task;
    }
    return nullptr;
  }

  // It stays in line, and is passed over; where most are such, they leave together.
  void Withdraw(WaitingTask& task) {
    task.waits = false;
    task.task = PulledTask();
    --waiting_;
    if (++withdrawn_ > kWithdrawnMin && withdrawn_ > waiting_) Compact();
  }

  int64_t waiting() const { return waiting_; }

  std::list<std::shared_ptr<WaitingPoll>> polls;

 private:
  static constexpr int64_t kWithdrawnMin = 64;

  void Compact() {
    for (auto& [workflow, own] : tasks_) {
      std::erase_if(own, [](const auto& task) { return !task->waits; });
    }
    std::erase_if(turns_, [this](const auto& workflow) { return tasks_[workflow].empty(); });
    absl::erase_if(tasks_, [](const auto& entry) { return entry.second.empty(); });
    withdrawn_ = 0;
  }

  int64_t waiting_ = 0;
  int64_t withdrawn_ = 0;          // and still in line
  std::deque<std::string> turns_;  // workflows with tasks, each once
  absl::flat_hash_map<std::string, std::deque<std::shared_ptr<WaitingTask>>> tasks_;
};

WorkerPool::WorkerPool() = default;
WorkerPool::~WorkerPool() = default;

WorkerPool::Queue& WorkerPool::QueueOf(const std::string& name) {
  std::unique_ptr<Queue>& queue = queues_[name];
  if (queue == nullptr) queue = std::make_unique<Queue>();
  return *queue;
}

void WorkerPool::Tidy(const std::string& name) {
  const auto found = queues_.find(name);
  if (found != queues_.end() && found->second->waiting() == 0 && found->second->polls.empty()) {
    queues_.erase(found);
  }
}

void WorkerPool::Offer(const std::shared_ptr<WaitingTask>& task) {
  MutexLock lock(&mutex_);
  Queue& queue = QueueOf(task->queue);
  if (!queue.polls.empty()) {
    const std::shared_ptr<WaitingPoll> poll = std::move(queue.polls.front());
    queue.polls.pop_front();
    poll->waits = false;
    task->waits = false;
    // The task's own side first: where both share a thread, its token cannot come before.
    Answer(task, TakenBy(poll->worker));
    Answer(poll, std::optional<PulledTask>(std::move(task->task)));
    Tidy(task->queue);
    return;
  }
  if (queue.waiting() < kTasksMax) {
    queue.Add(task);
    return;
  }
  task->waits = false;
  Answer(task, CallResult{.outcome = WorkflowError{"Segue.QueueFull",
                                                   absl::StrCat(kTasksMax, " tasks wait on ",
                                                                task->queue, " already")},
                          .retry_after = std::nullopt});
}

void WorkerPool::Withdraw(const std::shared_ptr<WaitingTask>& task) {
  MutexLock lock(&mutex_);
  if (!task->waits) return;
  QueueOf(task->queue).Withdraw(*task);
  Tidy(task->queue);
  Answer(task,
         CallResult{.outcome = WorkflowError{"Segue.Cancelled", ""}, .retry_after = std::nullopt});
}

async::Task<CallResult> WorkerPool::Invoke(Call call, async::Executor& executor,
                                           async::CancelToken cancel) {
  auto waiting = std::make_shared<WaitingTask>();
  waiting->queue = std::move(call.method);
  waiting->executor = &executor;
  waiting->task = {.task_token = std::move(call.task_token),
                   .input = std::move(call.arguments),
                   .idempotency_key = std::move(call.idempotency_key),
                   .execution_id = std::move(call.execution_id),
                   .workflow = std::move(call.workflow),
                   .trace_parent = std::move(call.trace_parent),
                   .attempt = call.attempt};
  Offer(waiting);
  cancel.OnCancel([this, waiting] { Withdraw(waiting); });
  CallResult result = co_await waiting->answer;
  cancel.OnCancel(nullptr);
  co_return result;
}

std::optional<std::string> WorkerPool::CheckMethod(const std::string&) const {
  return std::nullopt;  // a queue is there when somebody uses it
}

async::Task<absl::StatusOr<std::optional<PulledTask>>> WorkerPool::Poll(PollRequest request,
                                                                        async::Executor& executor,
                                                                        async::CancelToken cancel) {
  auto waiting = std::make_shared<WaitingPoll>();
  waiting->queue = std::move(request.queue);
  waiting->worker = std::move(request.worker);
  waiting->executor = &executor;
  {
    MutexLock lock(&mutex_);
    if (stopped_) co_return std::nullopt;
    Queue& queue = QueueOf(waiting->queue);
    if (const std::shared_ptr<WaitingTask> task = queue.Take()) {
      Answer(task, TakenBy(waiting->worker));
      PulledTask taken = std::move(task->task);
      Tidy(waiting->queue);
      co_return std::optional<PulledTask>(std::move(taken));
    }
    if (std::ssize(queue.polls) >= kPollsMax) {
      co_return MakeError(absl::StatusCode::kResourceExhausted,
                          absl::StrCat(kPollsMax, " polls wait on ", waiting->queue, " already"),
                          {.reason = "TOO_MANY_POLLS", .retry_after = absl::Seconds(1)});
    }
    queue.polls.push_back(waiting);
  }
  const async::TimerId timer = executor.At(request.until, [this, waiting] { EndPoll(waiting); });
  cancel.OnCancel([this, waiting] { EndPoll(waiting); });
  std::optional<PulledTask> task = co_await waiting->answer;
  cancel.OnCancel(nullptr);
  executor.Cancel(timer);
  co_return task;
}

void WorkerPool::EndPoll(const std::shared_ptr<WaitingPoll>& poll) {
  MutexLock lock(&mutex_);
  if (!std::exchange(poll->waits, false)) return;
  QueueOf(poll->queue).polls.remove(poll);
  Tidy(poll->queue);
  Answer(poll, std::optional<PulledTask>());
}

int64_t WorkerPool::Waiting(const std::string& queue) const {
  MutexLock lock(&mutex_);
  const auto found = queues_.find(queue);
  return found == queues_.end() ? 0 : found->second->waiting();
}

void WorkerPool::StopPolls() {
  MutexLock lock(&mutex_);
  stopped_ = true;
  for (const auto& [name, queue] : queues_) {
    for (const std::shared_ptr<WaitingPoll>& poll : std::exchange(queue->polls, {})) {
      poll->waits = false;
      Answer(poll, std::optional<PulledTask>());
    }
  }
}

}  // namespace segue::services

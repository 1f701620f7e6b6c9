#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "server/async/cancellation.h"
#include "server/async/executor.h"
#include "server/base/clock.h"
#include "services/budget/slots.h"
#include "services/connector/connector.h"
#include "services/registry/drain.h"
#include "services/registry/observer.h"
#include "services/registry/service_definition.h"
#include "services/registry/task_runner.h"

namespace segue::services {

class Service;

// What all services of a registry share.
struct Environment {
  const Clock& clock;
  async::Executor& home;  // where the services' own timers run
  Observer* observer = nullptr;
  Drain drain;
};

// A coroutine that its owner starts and may drop while it is suspended. At its end it is gone by
// itself; its body says so first, by Release.
class CallFrame {
 public:
  struct promise_type {
    CallFrame get_return_object() noexcept {
      return CallFrame(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
  };

  CallFrame() = default;
  CallFrame(CallFrame&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  CallFrame& operator=(CallFrame&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~CallFrame() {
    if (handle_) handle_.destroy();
  }

  // Runs it until it waits or ends. This object may be gone afterwards.
  void Start() { std::coroutine_handle<>(handle_).resume(); }
  void Release() { handle_ = nullptr; }

 private:
  explicit CallFrame(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

// One attempt between Start and its end: what happens on its executor's thread. Its service holds
// it from Start until the call has really ended, which may be after its result was given.
//
// Threads: its executor's, but for the constructor and Grant.
class Attempt : public std::enable_shared_from_this<Attempt> {
 public:
  // What a service lends to an attempt when it may go.
  struct Means {
    std::shared_ptr<Connector> connector;  // null: there is no such service
    absl::Duration timeout;
    PushBackPolicy push_back = PushBackPolicy::kHonour;
  };

  Attempt(Service& service, Environment& environment, LeaseId id, AttemptRequest request,
          async::Executor& executor, TaskRunner::Done done);

  // It may go: the caller posts Run to the executor next. Once.
  void Grant(Means means) { means_ = std::move(means); }
  // Makes the call.
  void Run();
  // The result is not wanted any more: `done` is not called, and the call is asked to end.
  void Cancel();
  // Destroys a call that is under way, with all that it waits for; for when no loop runs any more.
  void Drop() { frame_ = CallFrame(); }

  LeaseId id() const { return id_; }
  async::Executor& executor() const { return executor_; }
  const AttemptRequest& request() const { return request_; }
  absl::Time since() const { return since_; }
  bool running() const { return running_; }

 private:
  static CallFrame Invoke(Attempt* self, std::shared_ptr<Connector> connector, Call call,
                          async::CancelToken cancel);
  Call TakeCall(absl::Time deadline);
  void OnDeadline();
  // Asks the call to end, and gives its slot back even where it does not.
  void Abandon();
  void Ended(CallResult result);
  void Answer(AttemptResult result);
  void OnSent();
  void Observe(std::string_view outcome);
  WorkflowError TimeoutError() const;

  Service& service_;
  Environment& environment_;
  const LeaseId id_;
  AttemptRequest request_;  // its arguments are gone once the call is out
  async::Executor& executor_;
  TaskRunner::Done done_;  // null once the attempt was answered or cancelled
  const absl::Time since_;

  Means means_;
  bool running_ = false;
  bool sent_ = false;
  bool heartbeat_first_ = false;  // the heartbeat is due before the timeout
  absl::Duration limit_;
  absl::Time started_;
  std::optional<async::TimerId> timer_;
  async::CancelSource cancel_;
  CallFrame frame_;
};

}  // namespace segue::services

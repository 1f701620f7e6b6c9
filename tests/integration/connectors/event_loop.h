#pragma once

#include <grpcpp/completion_queue.h>

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include "server/async/completion_queue_executor.h"
#include "server/async/task_group.h"
#include "server/base/clock.h"
#include "services/connector/connector.h"

namespace segue::services {

// A real executor on a thread of its own, for tests that wait for what happens on it.
class EventLoop {
 public:
  EventLoop() : executor_(std::make_unique<grpc::CompletionQueue>(), clock_) {
    thread_ = std::thread([this] { executor_.Run(); });
  }
  ~EventLoop() {
    std::promise<void> drained;
    executor_.Post([&] { tasks_.WhenDrained([&] { drained.set_value(); }); });
    drained.get_future().wait();
    executor_.Stop();
    thread_.join();
  }

  async::Executor& executor() { return executor_; }

  // Runs `task` on the loop.
  template <typename T>
  std::future<T> Start(async::Task<T> task) {
    auto promise = std::make_shared<std::promise<T>>();
    std::future<T> future = promise->get_future();
    executor_.Post([this, promise, task = std::move(task)]() mutable {
      tasks_.Spawn(Deliver(std::move(task), std::move(promise)));
    });
    return future;
  }

  std::future<CallResult> Start(Connector& connector, Call call, async::CancelToken cancel = {}) {
    return Start(connector.Invoke(std::move(call), executor_, std::move(cancel)));
  }

  CallResult Invoke(Connector& connector, Call call) {
    return Start(connector, std::move(call)).get();
  }

  void Cancel(async::CancelSource& source) {
    std::promise<void> done;
    executor_.Post([&] {
      source.Cancel();
      done.set_value();
    });
    done.get_future().wait();
  }

 private:
  template <typename T>
  static async::Task<void> Deliver(async::Task<T> task, std::shared_ptr<std::promise<T>> promise) {
    T value = co_await std::move(task);
    promise->set_value(std::move(value));
  }

  RealClock clock_;
  async::CompletionQueueExecutor executor_;
  async::TaskGroup tasks_;
  std::thread thread_;
};

inline absl::Time In(absl::Duration duration) { return RealClock().Now() + duration; }

}  // namespace segue::services

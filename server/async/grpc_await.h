#pragma once

#include <coroutine>
#include <utility>

#include "server/async/queue_tag.h"
#include "server/base/check.h"

namespace segue::async {

// How a gRPC operation on a completion queue ended.
enum class GrpcEvent {
  kDone,   // it did what it was to do
  kEnded,  // it did not: the stream has ended, or the call is dead
};

// Awaits gRPC operations, one at a time: give tag() to one, then co_await this. Can be used again
// after that.
//
//   GrpcOperation finished;
//   reader->Finish(&response, &status, finished.tag());
//   co_await finished;
//
// Threads: awaited on the queue's thread, where it also resumes.
// Ownership: must stay until what was started has completed, so a coroutine that awaits one is
// never destroyed half-way; to stop it early, cancel the call.
class GrpcOperation final : public QueueTag {
 public:
  GrpcOperation() = default;
  GrpcOperation(const GrpcOperation&) = delete;
  GrpcOperation& operator=(const GrpcOperation&) = delete;

  void* tag() {
    SEGUE_CHECK(state_ == State::kIdle);
    state_ = State::kStarted;
    return static_cast<QueueTag*>(this);
  }

  void Complete(bool ok) override {  // lint: allow(bool): gRPC's own
    event_ = ok ? GrpcEvent::kDone : GrpcEvent::kEnded;
    state_ = State::kCompleted;
    if (waiter_) std::exchange(waiter_, nullptr).resume();
  }

  bool await_ready() const noexcept { return state_ == State::kCompleted; }
  void await_suspend(std::coroutine_handle<> waiter) {
    SEGUE_CHECK(state_ == State::kStarted);
    waiter_ = waiter;
  }
  GrpcEvent await_resume() {
    state_ = State::kIdle;
    return event_;
  }

 private:
  enum class State { kIdle, kStarted, kCompleted };

  State state_ = State::kIdle;
  GrpcEvent event_ = GrpcEvent::kDone;
  std::coroutine_handle<> waiter_;
};

}  // namespace segue::async

#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "server/async/executor.h"
#include "server/async/one_shot.h"
#include "server/async/task.h"

namespace segue::store::rocks {

// The one thread that scans, in the order asked.
//
// Threads: any. Ownership: the destructor does what waits, posts all answers and joins.
// The queue is not bounded here but by its callers: a request has one scan under way.
class ReaderThread {
 public:
  ReaderThread();
  ~ReaderThread();

  // Calls `read` on the thread and resumes the caller with its value on `executor`, its own. The
  // caller must stay until then.
  template <typename T>
  async::Task<T> Read(absl::AnyInvocable<T()> read, async::Executor& executor) {
    async::OneShot<T> answered;
    Push([read = std::move(read), home = &executor, answered = &answered]() mutable {
      home->Post([answered, value = read()]() mutable { answered->Set(std::move(value)); });
    });
    co_return co_await answered;
  }

 private:
  void Push(absl::AnyInvocable<void()> job);
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;  // of these, under the mutex:
  std::deque<absl::AnyInvocable<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace segue::store::rocks

#include "server/store/rocksdb/reader_thread.h"

#include "server/base/check.h"

namespace segue::store::rocks {

ReaderThread::ReaderThread() : thread_([this] { Run(); }) {}

ReaderThread::~ReaderThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void ReaderThread::Push(absl::AnyInvocable<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    SEGUE_CHECK(!stopping_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void ReaderThread::Run() {
  for (;;) {
    absl::AnyInvocable<void()> job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace segue::store::rocks

#include "services/registry/drain.h"

#include <utility>

#include "server/base/check.h"

namespace segue::services {

bool Drain::Enter() {
  // Counted before the door is looked at: whoever stops and then sees zero knows that nobody comes.
  under_way_.fetch_add(1);
  if (!stopped_.load()) return true;
  Leave();
  return false;
}

void Drain::Leave() {
  const int64_t before = under_way_.fetch_sub(1);
  SEGUE_CHECK(before > 0);
  if (before == 1 && stopped_.load()) TellIfQuiet();
}

void Drain::WhenQuiet(async::Executor& executor, async::Callback callback) {
  SEGUE_CHECK(stopped_.load());
  {
    MutexLock lock(&mutex_);
    waiters_.push_back({.executor = &executor, .callback = std::move(callback)});
  }
  if (under_way_.load() == 0) TellIfQuiet();
}

void Drain::TellIfQuiet() {
  std::vector<Waiter> told;
  {
    MutexLock lock(&mutex_);
    told = std::exchange(waiters_, {});
  }
  for (Waiter& waiter : told) waiter.executor->Post(std::move(waiter.callback));
}

}  // namespace segue::services

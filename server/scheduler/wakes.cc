#include "server/scheduler/wakes.h"

namespace segue::scheduler {

Wakes::Wakes(async::Executor& executor, absl::AnyInvocable<void(const ExecutionId&)> due)
    : executor_(executor), due_(std::move(due)) {}

Wakes::~Wakes() { Clear(); }

void Wakes::Add(absl::Time at, const ExecutionId& id) {
  entries_.emplace(at, id);
  Arm();
}

void Wakes::Remove(absl::Time at, const ExecutionId& id) {
  // The timer is left as it is: firing for nothing once costs less than setting it anew each time.
  entries_.erase({at, id});
}

void Wakes::Clear() {
  entries_.clear();
  if (armed_for_) executor_.Cancel(timer_);
  armed_for_.reset();
}

void Wakes::Arm() {
  if (held_ || entries_.empty()) return;
  const absl::Time earliest = entries_.begin()->first;
  if (armed_for_) {
    if (*armed_for_ <= earliest) return;
    executor_.Cancel(timer_);
  }
  armed_for_ = earliest;
  timer_ = executor_.At(earliest, [this] { Fire(); });
}

void Wakes::Release() {
  held_ = false;
  Arm();
}

void Wakes::Fire() {
  executor_.Cancel(timer_);  // where this was posted, and a timer set since
  armed_for_.reset();
  if (held_) return;
  const absl::Time now = executor_.Now();
  for (int fired = 0; !entries_.empty() && entries_.begin()->first <= now; ++fired) {
    if (fired == kDuePerTurnMax) {
      armed_for_ = now;
      executor_.Post([this] { Fire(); });
      return;
    }
    const ExecutionId id = entries_.begin()->second;
    entries_.erase(entries_.begin());
    due_(id);
  }
  Arm();
}

}  // namespace segue::scheduler

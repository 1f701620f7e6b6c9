#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/async/executor.h"
#include "server/async/task.h"
#include "server/base/check.h"
#include "server/store/memory/memory_store.h"
#include "tests/simulation/ledger.h"

namespace segue::simulation {

// Waits for a task that never suspends: one of the memory store.
template <typename T>
T Now(async::Task<T> task) {
  struct Reader {
    struct promise_type {
      Reader get_return_object() noexcept { return {}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_never final_suspend() noexcept { return {}; }
      void return_void() noexcept {}
      [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
    };
  };
  std::optional<T> value;
  [](async::Task<T> read, std::optional<T>* into) -> Reader {
    T result = co_await std::move(read);
    into->emplace(std::move(result));
  }(std::move(task), &value);
  SEGUE_CHECK(value.has_value());
  return *std::move(value);
}

// What survives a crash. The ledger sees all that becomes durable.
class Disk {
 public:
  explicit Disk(Ledger& ledger) : ledger_(ledger) {}

  store::MemoryStore& store() { return store_; }
  // For reads of the memory store, which answer at once.
  async::Executor& executor() { return inline_; }
  absl::StatusOr<store::Fence> Acquire(SlotRange slots, const std::string& owner);
  // Writes it, now. kIgnored is a planted fault: whoever owned the slots when it was made.
  enum class Fencing { kHeld, kIgnored };
  absl::Status Write(store::Batch batch, Fencing fencing = Fencing::kHeld);

 private:
  // Runs what is posted at once: the memory store's way of answering a commit.
  class Inline final : public async::Executor {
   public:
    void Post(async::Callback callback) override { callback(); }
    bool IsCurrent() const override { return true; }
    absl::Time Now() const override { return absl::UnixEpoch(); }
    async::TimerId At(absl::Time, async::Callback) override { SEGUE_CHECK(false); }
    void Cancel(async::TimerId) override {}
    void SetTurnEndHook(async::Callback) override {}
  };

  Ledger& ledger_;
  std::vector<store::Fence> fences_;  // that were given
  Inline inline_;
  store::MemoryStore store_;
};

}  // namespace segue::simulation

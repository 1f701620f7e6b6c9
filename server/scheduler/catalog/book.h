#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/async/executor.h"
#include "server/async/run_on.h"
#include "server/async/task.h"
#include "server/base/check.h"
#include "server/base/mutex.h"
#include "server/scheduler/catalog/change_queue.h"
#include "server/scheduler/observer.h"
#include "server/store/store.h"

namespace segue::scheduler {

// Small things by name, all of them in memory and in a collection of the store's documents; what is
// read is what is durable.
//
// Threads: Find and List any; Change any of the executors, and resumes the caller there; Load the
// home one. Errors: those of the edit, and of the commit.
template <typename Value>
class Book {
 public:
  struct Dependencies {
    async::Executor* home = nullptr;
    std::vector<async::Executor*> executors;  // of the callers
    store::Store* store = nullptr;
    Observer* observer = nullptr;
    // Writes documents durably; on the home executor.
    std::function<async::Task<absl::Status>(std::vector<store::DocumentWrite>)> commit;
  };
  struct Format {
    std::string collection;
    std::string (*encode)(const Value& value) = nullptr;
    std::optional<Value> (*decode)(const std::string& record) = nullptr;
  };
  using Entry = std::shared_ptr<const Value>;
  // From what is there (null: nothing) to what is to be (nothing: removed). On the home executor.
  using Edit = absl::AnyInvocable<absl::StatusOr<std::optional<Value>>(const Value* before)>;

  Book(Dependencies dependencies, Format format)
      : deps_(std::move(dependencies)), format_(std::move(format)), changes_(*deps_.home) {}

  // Reads all of it; before anything else. What cannot be read is told to the observer; there is
  // nothing of that name then, and none can be made: it would take the place of what is there.
  async::Task<absl::Status> Load() {
    store::Store::DocumentQuery query{.collection = format_.collection, .limit = 100};
    while (true) {
      absl::StatusOr<std::vector<store::Document>> page =
          co_await deps_.store->ReadDocuments(query, *deps_.home);
      if (!page.ok()) co_return page.status();
      for (const store::Document& document : *page) {
        std::optional<Value> value = format_.decode(document.record);
        if (!value) {
          unreadable_.insert(document.key);
          deps_.observer->OnRecordUnreadable(absl::StrCat(format_.collection, " ", document.key),
                                             Unreadable(document.key));
          continue;
        }
        Keep(document.key, std::move(value));
      }
      if (std::ssize(*page) < query.limit) co_return absl::OkStatus();
      query.after = page->back().key;
    }
  }

  // Null where there is none.
  Entry Find(std::string_view key) const {
    MutexLock lock(&mutex_);
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : found->second;
  }

  // By name, beginning after `after`.
  std::vector<std::pair<std::string, Entry>> List(std::string_view after, int limit) const {
    MutexLock lock(&mutex_);
    std::vector<std::pair<std::string, Entry>> page;
    for (auto it = entries_.upper_bound(after); it != entries_.end(); ++it) {
      if (std::ssize(page) == limit) break;
      page.emplace_back(*it);
    }
    return page;
  }

  async::Task<absl::Status> Change(std::string key, Edit edit) {
    co_return co_await async::RunOn(*deps_.home, Caller(),
                                    ChangeAtHome(std::move(key), std::move(edit)));
  }

 private:
  absl::Status Unreadable(const std::string& key) const {
    return absl::DataLossError(
        absl::StrCat("the stored ", format_.collection, " ", key, " cannot be read"));
  }

  async::Executor& Caller() const {
    for (async::Executor* executor : deps_.executors) {
      if (executor->IsCurrent()) return *executor;
    }
    SEGUE_CHECK(false);
    return *deps_.home;
  }

  async::Task<absl::Status> ChangeAtHome(std::string key, Edit edit) {
    co_await changes_.Begin();
    absl::Status status = co_await ChangeAlone(std::move(key), std::move(edit));
    changes_.End();
    co_return status;
  }

  async::Task<absl::Status> ChangeAlone(std::string key, Edit edit) {
    if (unreadable_.contains(key)) co_return Unreadable(key);
    const Entry before = Find(key);
    absl::StatusOr<std::optional<Value>> after = edit(before.get());
    if (!after.ok()) co_return after.status();
    if (before == nullptr && !after->has_value()) co_return absl::OkStatus();
    store::DocumentWrite document{.collection = format_.collection, .key = key};
    if (after->has_value()) document.record = format_.encode(**after);
    std::vector<store::DocumentWrite> documents;
    documents.push_back(std::move(document));
    absl::Status status = co_await deps_.commit(std::move(documents));
    if (status.ok()) Keep(key, *std::move(after));
    co_return status;
  }

  void Keep(const std::string& key, std::optional<Value> value) {
    MutexLock lock(&mutex_);
    if (value) {
      entries_[key] = std::make_shared<const Value>(*std::move(value));
    } else {
      entries_.erase(key);
    }
  }

  const Dependencies deps_;
  const Format format_;
  ChangeQueue changes_;
  std::set<std::string> unreadable_;  // only on the home executor
  mutable Mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace segue::scheduler

#include "server/scheduler/map_run/run_objects.h"

#include <utility>

namespace segue::scheduler {

class RunObjects::Call {
 public:
  explicit Call(RunObjects& objects) : objects_(objects) { objects_.calls_.insert(&source_); }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() { objects_.calls_.erase(&source_); }
  const async::CancelToken& token() const { return source_.token(); }

 private:
  RunObjects& objects_;
  async::CancelSource source_;
};

namespace {

absl::Status Stopped() { return absl::CancelledError("the server stops"); }

}  // namespace

async::Task<absl::StatusOr<std::string>> RunObjects::Get(services::ObjectName name) {
  if (cancelled_) co_return Stopped();
  Call call(*this);
  co_return co_await store_.Get(std::move(name), executor_, call.token());
}

async::Task<absl::StatusOr<services::ObjectPage>> RunObjects::List(
    services::ObjectStore::ListRequest request) {
  if (cancelled_) co_return Stopped();
  Call call(*this);
  co_return co_await store_.List(std::move(request), executor_, call.token());
}

async::Task<absl::Status> RunObjects::Put(services::ObjectName name, std::string body) {
  if (cancelled_) co_return Stopped();
  Call call(*this);
  co_return co_await store_.Put(std::move(name), std::move(body), executor_, call.token());
}

void RunObjects::Cancel() {
  cancelled_ = true;
  // A call that is told to end may end at once, and leaves the set.
  for (async::CancelSource* source : std::set<async::CancelSource*>(calls_)) {
    if (calls_.contains(source)) source->Cancel();
  }
}

}  // namespace segue::scheduler

#include "services/connector/grpc/type_catalog.h"

#include <utility>

#include "server/async/one_shot.h"
#include "services/connector/grpc/grpc_error.h"

namespace segue::services {

using async::Task;

// Somebody who waits for another's fetch. `done` belongs to its executor's thread; it is set once,
// by whichever comes first: the fetch, the deadline, the cancellation.
struct TypeCatalog::Waiter {
  explicit Waiter(async::Executor& its_executor) : executor(its_executor) {}
  // Nothing: the fetch was given up by its caller, look again.
  using Answer = std::optional<Outcome<TypesPtr>>;

  void Answered(Answer answer) {
    if (!done.is_set()) done.Set(std::move(answer));
  }

  async::Executor& executor;
  async::OneShot<Answer> done;
};

TypeCatalog::TypeCatalog(Fetch fetch, absl::Duration refetch_interval)
    : fetch_(std::move(fetch)), refetch_interval_(refetch_interval) {}

TypeCatalog::TypeCatalog(TypesPtr fixed)
    : refetch_interval_(absl::InfiniteDuration()), fixed_(std::move(fixed)) {}

TypesPtr TypeCatalog::Kept(std::string_view service) const {
  if (fixed_) return fixed_;
  MutexLock lock(&mutex_);
  const auto found = entries_.find(service);
  if (found == entries_.end() || found->second.is_outdated) return nullptr;
  return found->second.types;
}

TypesPtr TypeCatalog::KeptSince(std::string_view service, absl::Time after) const {
  if (fixed_) return fixed_;
  MutexLock lock(&mutex_);
  const auto found = entries_.find(service);
  if (found == entries_.end() || found->second.fetched < after) return nullptr;
  return found->second.types;
}

void TypeCatalog::MarkOutdated(std::string_view service) {
  MutexLock lock(&mutex_);
  const auto found = entries_.find(service);
  if (found != entries_.end()) found->second.is_outdated = true;
}

Task<Outcome<TypesPtr>> TypeCatalog::Get(TypesRequest request, async::Executor& executor,
                                         async::CancelToken cancel) {
  if (fixed_) co_return fixed_;
  while (true) {
    Found found = Look(request, executor);
    if (found.result) co_return *std::move(found.result);
    if (!found.waiter) co_return co_await FetchAndKeep(request, executor, cancel);
    std::optional<Outcome<TypesPtr>> answer =
        co_await Await(found.waiter, request.deadline, executor, cancel);
    if (answer) co_return *std::move(answer);
  }
}

TypeCatalog::Found TypeCatalog::Look(const TypesRequest& request, async::Executor& executor) {
  const absl::Time now = executor.Now();
  MutexLock lock(&mutex_);
  Entry& entry = entries_[request.service];
  const bool just_fetched = now - entry.fetched < refetch_interval_;
  const bool renew = entry.is_outdated || request.freshness == TypesRequest::Freshness::kRenewed;
  if (entry.types && (!renew || just_fetched)) return {.result = entry.types, .waiter = nullptr};
  if (entry.error && just_fetched) return {.result = *entry.error, .waiter = nullptr};
  if (entry.is_fetching) {
    entry.waiters.push_back(std::make_shared<Waiter>(executor));
    return {.result = std::nullopt, .waiter = entry.waiters.back()};
  }
  entry.is_fetching = true;
  return {};
}

Task<Outcome<TypesPtr>> TypeCatalog::FetchAndKeep(TypesRequest request, async::Executor& executor,
                                                  async::CancelToken cancel) {
  Outcome<TypesPtr> fetched = co_await fetch_(request, executor, cancel);
  const absl::Time now = executor.Now();
  // An error that is this caller's own says nothing to the others.
  const bool given_up = !fetched.ok() && (cancel.cancelled() || now >= request.deadline);
  std::vector<WaiterPtr> waiters;
  Waiter::Answer answer;
  {
    MutexLock lock(&mutex_);
    Entry& entry = entries_[request.service];
    entry.is_fetching = false;
    waiters = std::exchange(entry.waiters, {});
    if (!given_up) {
      fetched = Keep(entry, std::move(fetched), now);
      answer = fetched;
    }
  }
  for (WaiterPtr& waiter : waiters) {
    async::Executor& its_executor = waiter->executor;
    its_executor.Post([waiter = std::move(waiter), answer] { waiter->Answered(answer); });
  }
  co_return fetched;
}

Outcome<TypesPtr> TypeCatalog::Keep(Entry& entry, Outcome<TypesPtr> fetched, absl::Time now) {
  if (fetched.ok()) {
    entry.types = *fetched;
    entry.error.reset();
    entry.fetched = now;
    entry.is_outdated = false;
    return fetched;
  }
  if (entry.types) {
    entry.fetched = now;
    entry.is_outdated = false;
    return entry.types;
  }
  if (fetched.error().name == GrpcErrorName(grpc::StatusCode::UNIMPLEMENTED)) {
    entry.error = fetched.error();
    entry.fetched = now;
  }
  return fetched;
}

Task<std::optional<Outcome<TypesPtr>>> TypeCatalog::Await(WaiterPtr waiter, absl::Time deadline,
                                                          async::Executor& executor,
                                                          async::CancelToken cancel) {
  const auto give_up = [waiter](WorkflowError error) {
    waiter->Answered(Outcome<TypesPtr>(error));
  };
  const async::TimerId timer = executor.At(deadline, [give_up] {
    give_up(TimeoutError("the deadline passed while the service's message types were fetched"));
  });
  cancel.OnCancel([give_up] { give_up(GrpcError(grpc::StatusCode::CANCELLED, "cancelled")); });
  Waiter::Answer answer = co_await waiter->done;
  cancel.OnCancel(nullptr);
  executor.Cancel(timer);
  co_return answer;
}

}  // namespace segue::services

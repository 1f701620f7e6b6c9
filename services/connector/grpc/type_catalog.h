#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/async/cancellation.h"
#include "server/async/executor.h"
#include "server/async/task.h"
#include "server/base/mutex.h"
#include "server/base/outcome.h"
#include "services/connector/grpc/service_types.h"
#include "services/connector/grpc/string_map.h"

namespace segue::services {

using TypesPtr = std::shared_ptr<const ServiceTypes>;

// A gRPC service whose types somebody wants, and how.
struct TypesRequest {
  // kRenewed: what is kept turned out to lack something; fetch again, unless that was done just
  // now.
  enum class Freshness { kKept, kRenewed };
  std::string service;  // "package.Service"
  absl::Time deadline;
  Freshness freshness = Freshness::kKept;
};

// The message types of gRPC services, by "package.Service": from one descriptor set, or fetched
// when first asked for and kept. Callers that ask while a fetch is under way wait for that one,
// each no longer than its own deadline. After a fetch the next one for the same service is at least
// `refetch_interval` away, and what is kept outlives a fetch that fails.
//
// Threads: safe; Get completes on its executor's thread. Ownership: outlives its Gets.
class TypeCatalog {
 public:
  // Asks the service itself.
  using Fetch = absl::AnyInvocable<async::Task<Outcome<TypesPtr>>(TypesRequest, async::Executor&,
                                                                  async::CancelToken) const>;

  TypeCatalog(Fetch fetch, absl::Duration refetch_interval);
  // Of a descriptor set: nothing is ever fetched.
  explicit TypeCatalog(TypesPtr fixed);

  // What is kept and not known to be outdated; null where there is nothing.
  TypesPtr Kept(std::string_view service) const;

  // What CheckMethod may rely on: fetched since `after`, or of a descriptor set. Else null.
  TypesPtr KeptSince(std::string_view service, absl::Time after) const;

  async::Task<Outcome<TypesPtr>> Get(TypesRequest request, async::Executor& executor,
                                     async::CancelToken cancel);

  // The next Get asks for them again.
  void MarkOutdated(std::string_view service);

 private:
  struct Waiter;
  using WaiterPtr = std::shared_ptr<Waiter>;
  struct Entry {
    TypesPtr types;
    std::optional<WorkflowError> error;  // the server does not know the service
    absl::Time fetched = absl::InfinitePast();
    bool is_outdated = false;
    bool is_fetching = false;
    std::vector<WaiterPtr> waiters;
  };
  // What a Get finds: a result, or a fetch to wait for, or nothing: it is the one to fetch.
  struct Found {
    std::optional<Outcome<TypesPtr>> result;
    WaiterPtr waiter;
  };

  Found Look(const TypesRequest& request, async::Executor& executor);
  async::Task<Outcome<TypesPtr>> FetchAndKeep(TypesRequest request, async::Executor& executor,
                                              async::CancelToken cancel);
  // Takes over what a fetch brought, and says what it means for those who wait.
  Outcome<TypesPtr> Keep(Entry& entry, Outcome<TypesPtr> fetched, absl::Time now);
  static async::Task<std::optional<Outcome<TypesPtr>>> Await(WaiterPtr waiter, absl::Time deadline,
                                                             async::Executor& executor,
                                                             async::CancelToken cancel);

  const Fetch fetch_;
  const absl::Duration refetch_interval_;
  const TypesPtr fixed_;
  mutable Mutex mutex_;
  StringMap<Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace segue::services

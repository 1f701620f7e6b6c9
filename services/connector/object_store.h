#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/async/cancellation.h"
#include "server/async/executor.h"
#include "server/async/task.h"

namespace segue::services {

struct ObjectName {
  std::string bucket;
  std::string key;
};

struct ObjectInfo {
  std::string key;
  std::string etag;  // with its quotes, as S3 has it
  int64_t size = 0;
  absl::Time last_modified;
};

struct ObjectPage {
  std::vector<ObjectInfo> objects;
  std::string next;  // empty: this was the last page
};

// Objects in buckets: where Map states read items from and write results to.
//
// Threads: called and resumed on `executor`'s. Errors: NotFound; PermissionDenied; Unavailable;
// ResourceExhausted for an object that is too large; InvalidArgument for a name that cannot be. A
// call that is cancelled ends soon, in any way.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // The largest object that is read.
  static constexpr int64_t kObjectBytesMax = int64_t{256} << 20;

  virtual async::Task<absl::StatusOr<std::string>> Get(ObjectName name, async::Executor& executor,
                                                       async::CancelToken cancel) = 0;
  struct ListRequest {
    std::string bucket;
    std::string prefix;
    std::string after;  // ObjectPage::next of the page before
  };
  virtual async::Task<absl::StatusOr<ObjectPage>> List(ListRequest request,
                                                       async::Executor& executor,
                                                       async::CancelToken cancel) = 0;
  virtual async::Task<absl::Status> Put(ObjectName name, std::string body,
                                        async::Executor& executor, async::CancelToken cancel) = 0;
};

}  // namespace segue::services

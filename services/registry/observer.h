#pragma once

#include <cstdint>
#include <string_view>

#include "absl/time/time.h"

namespace segue::services {

// Told what happens to attempts, for metrics and logs.
//
// Threads: called on any thread, several at a time, with no lock held; quick and without waiting.
// What it is given lives as long as the call. `service` is "unknown" for one that is not there, so
// that what definitions make up does not become a label.
class Observer {
 public:
  struct Attempt {
    std::string_view service;
    std::string_view method;
    absl::Duration wait;  // from Start to the call, in the queue
  };
  // Changes, not values: they add up in whatever order threads report them.
  struct LoadChange {
    int64_t queue_depth = 0;
    int64_t slots_in_use = 0;
  };

  virtual ~Observer() = default;

  // The call goes out. Not told of an attempt that its connector refused: its arguments are no such
  // request, say.
  virtual void AttemptStarted(const Attempt& attempt) = 0;

  // It has its result: "ok", the name of an error, or "cancelled" (after its turn had come). Told
  // of refused attempts as well.
  virtual void AttemptFinished(const Attempt& attempt, std::string_view outcome,
                               absl::Duration duration) = 0;

  virtual void LoadChanged(std::string_view service, const LoadChange& change) = 0;
};

}  // namespace segue::services

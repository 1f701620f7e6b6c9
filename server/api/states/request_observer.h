#pragma once

#include <string_view>

#include "absl/time/time.h"

namespace segue::api::states {

// Told of every request that was served; on any thread. `operation` is one of the service model's,
// or empty; `code` is "OK" or the error's type.
class RequestObserver {
 public:
  virtual ~RequestObserver() = default;
  virtual void OnRequest(std::string_view operation, std::string_view code,
                         absl::Duration duration) = 0;
};

}  // namespace segue::api::states

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/observability/metrics.h"

namespace segue::observability {

// Serves /metrics over HTTP on threads of its own, with the process's own figures (process_*)
// beside Segue's.
class Exposer {
 public:
  // `before_scrape` brings up to date what is read rather than counted. Unavailable where the
  // address cannot be had.
  static absl::StatusOr<std::unique_ptr<Exposer>> Listen(const std::string& address,
                                                         Metrics& metrics,
                                                         std::function<void()> before_scrape);
  virtual ~Exposer() = default;
  virtual int port() const = 0;
};

}  // namespace segue::observability

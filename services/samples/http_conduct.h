#pragma once

#include <functional>
#include <string>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "services/samples/http_server.h"
#include "services/samples/ledger.h"
#include "services/samples/switches.h"

namespace segue::samples {

// GrpcConduct's like for HTTP: a service behaves as its switches say, does its work once for each
// idempotency key, and writes the call down. Codes become HTTP statuses: UNAVAILABLE 503, and so
// on.
//
// Threads: any; a call sleeps on its connection's own. Ownership: all arguments outlive it.
class HttpConduct {
 public:
  // Latencies end early when `ending` is notified.
  HttpConduct(Ledger& ledger, Switches& switches, const absl::Notification& ending)
      : ledger_(ledger), switches_(switches), ending_(ending) {}

  struct Method {
    std::string service;
    std::string name;
    // kEveryTime: it only reads, so that a repeat may see something newer.
    enum class Runs { kOnceForKey, kEveryTime } runs = Runs::kOnceForKey;
  };
  // `work` must be quick: the ledger may be locked meanwhile.
  HttpResponse Serve(const Method& method, const HttpRequest& request,
                     const std::function<HttpResponse()>& work) const;

  void Sleep(absl::Duration duration) const { ending_.WaitForNotificationWithTimeout(duration); }

 private:
  Ledger& ledger_;
  Switches& switches_;
  const absl::Notification& ending_;
};

HttpResponse HttpOk(const Json& body);
// With the status that stands for the code, and {"error": message}.
HttpResponse HttpError(absl::StatusCode code, const std::string& message);

}  // namespace segue::samples

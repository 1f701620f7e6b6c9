#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "segue/config/v1/config.pb.h"
#include "server/async/executor.h"
#include "server/async/task.h"
#include "server/base/mutex.h"
#include "services/connector/http/http_engine.h"

namespace segue::services {

// The connections that http:invoke's Authentication.ConnectionArn names: credentials and what else
// goes with every request, from the configuration, so that no definition holds a secret.
// An OAuth connection fetches a token with its client credentials, and keeps it until shortly
// before it ends.
//
// Threads: any. Ownership: the engine outlives it.
class HttpConnections {
 public:
  // InvalidArgument names the field.
  static absl::StatusOr<std::unique_ptr<HttpConnections>> Make(const config::v1::HttpInvoke& config,
                                                               HttpEngine& engine);

  // Adds to the request what the connection says. NotFound where there is none of this name;
  // Unauthenticated where it got no token.
  async::Task<absl::Status> Apply(std::string arn, HttpRequest* request, async::Executor& executor,
                                  async::CancelToken cancel);

 private:
  struct Token {
    std::string text;
    absl::Time until;
  };
  explicit HttpConnections(HttpEngine& engine) : engine_(engine) {}
  async::Task<absl::StatusOr<std::string>> TokenOf(std::string name, absl::Time deadline,
                                                   async::Executor& executor,
                                                   async::CancelToken cancel);

  HttpEngine& engine_;
  std::map<std::string, config::v1::HttpConnection> connections_;
  Mutex mutex_;
  std::map<std::string, Token> tokens_ ABSL_GUARDED_BY(mutex_);
};

// "arn:aws:events:<region>:<account>:connection/<name>/<id>" -> name; a plain name is itself.
std::string ConnectionName(std::string_view arn);

// A token endpoint's answer (RFC 6749, 5.1) at `now`.
struct OAuthToken {
  std::string text;
  absl::Time until;
};
absl::StatusOr<OAuthToken> ParseToken(const HttpResponse& response, absl::Time now);

}  // namespace segue::services

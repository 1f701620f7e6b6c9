#include "services/connector/http/http_connector.h"

#include <fstream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "segue/config/v1/config.pb.h"
#include "services/connector/http/connections.h"
#include "services/connector/http/http_message.h"
#include "services/connector/http/http_url.h"

namespace segue::services {
namespace {

using async::Task;

class HttpConnector final : public Connector {
 public:
  HttpConnector(HttpDefaults defaults, std::unique_ptr<HttpConnections> connections,
                HttpEngine& engine)
      : defaults_(std::move(defaults)), connections_(std::move(connections)), engine_(engine) {}

  Task<CallResult> Invoke(Call call, async::Executor& executor,
                          async::CancelToken cancel) override {
    absl::StatusOr<HttpRequest> request = MakeRequest(call, defaults_);
    if (!request.ok()) {
      co_return CallResult{
          WorkflowError{"Segue.InvalidArguments", std::string(request.status().message())}, {}};
    }
    std::optional<HttpTrace::Request> shown;
    if (IsTraced(call)) shown = TracedRequest(*request);
    if (const std::string connection = ConnectionOf(call.arguments); !connection.empty()) {
      std::string arn = connection;
      absl::Status applied =
          co_await connections_->Apply(std::move(arn), &*request, executor, cancel);
      if (!applied.ok()) {
        co_return CallResult{WorkflowError{"Events.ConnectionResource.InvalidConnectionState",
                                           std::string(applied.message())},
                             {}};
      }
    }
    const bool reveals = shown && call.trace->secrets == HttpTrace::Secrets::kReveal;
    if (reveals) shown = TracedRequest(*request);
    // Who has given up the call may be reading the trace.
    if (shown && !cancel.cancelled()) call.trace->request = *shown;
    if (call.sent) call.sent();
    HttpResponse response = co_await engine_.Fetch(*std::move(request), executor, cancel);
    const bool has_come = response.result == HttpResponse::Result::kResponse;
    if (shown && has_come && !cancel.cancelled()) call.trace->response = TracedResponse(response);
    co_return MakeResult(std::move(response), defaults_.shape, executor.Now());
  }

  std::optional<std::string> CheckMethod(const std::string& method) const override {
    if (method.empty()) return std::nullopt;
    return absl::StrCat("\"", method, "\": the method and path of an HTTP call are its arguments");
  }

 private:
  // Of a configured service nothing is shown: its headers are its secrets.
  bool IsTraced(const Call& call) const { return call.trace != nullptr && connections_ != nullptr; }

  // The connection that the task names; empty for none. AWS has the ARN in either place.
  std::string ConnectionOf(const Json& arguments) const {
    if (connections_ == nullptr) return "";
    for (const char* place : {"Authentication", "InvocationConfig"}) {
      const Json* member = arguments.Find(place);
      const std::string* arn = member == nullptr ? nullptr : member->FindString("ConnectionArn");
      if (arn != nullptr) return *arn;
    }
    return "";
  }

  const HttpDefaults defaults_;
  const std::unique_ptr<HttpConnections> connections_;  // of http:invoke; else null
  HttpEngine& engine_;
};

// http:invoke where the configuration does not allow it.
class NotAllowed final : public Connector {
 public:
  Task<CallResult> Invoke(Call, async::Executor&, async::CancelToken) override {
    co_return CallResult{WorkflowError{"Http.NotAllowed", kReason}, {}};
  }
  std::optional<std::string> CheckMethod(const std::string&) const override { return kReason; }

 private:
  static constexpr const char* kReason =
      "this server's configuration does not allow arn:aws:states:::http:invoke";
};

absl::StatusOr<absl::Duration> ConnectTimeout(const google::protobuf::Duration& timeout) {
  const absl::Duration duration =
      absl::Seconds(timeout.seconds()) + absl::Nanoseconds(timeout.nanos());
  if (duration <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("connect_timeout: must be positive");
  }
  return duration;
}

absl::Status CheckReadable(const std::string& field, const std::string& path) {
  if (path.empty() || std::ifstream(path).good()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, ": cannot read ", path));
}

absl::StatusOr<HttpTls> Tls(const config::v1::ClientTls& config) {
  if (config.cert_file().empty() != config.key_file().empty()) {
    return absl::InvalidArgumentError("tls: cert_file and key_file belong together");
  }
  absl::Status readable = CheckReadable("tls.ca_file", config.ca_file());
  if (readable.ok()) readable = CheckReadable("tls.cert_file", config.cert_file());
  if (readable.ok()) readable = CheckReadable("tls.key_file", config.key_file());
  if (!readable.ok()) return readable;
  return HttpTls{.ca_file = config.ca_file(),
                 .cert_file = config.cert_file(),
                 .key_file = config.key_file(),
                 .server_name = config.server_name()};
}

// What both kinds of configuration have.
template <typename Config>
absl::Status AddLimits(const Config& config, HttpDefaults* defaults) {
  if (config.has_max_response_bytes()) {
    if (config.max_response_bytes() < 1) {
      return absl::InvalidArgumentError("max_response_bytes: must be positive");
    }
    defaults->response_bytes_max = config.max_response_bytes();
  }
  if (config.has_connect_timeout()) {
    auto timeout = ConnectTimeout(config.connect_timeout());
    if (!timeout.ok()) return timeout.status();
    defaults->connect_timeout = *timeout;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connector>> MakeHttpConnector(
    const config::v1::HttpConnector& config, HttpEngine& engine) {
  HttpDefaults defaults;
  if (config.base_url().empty()) return absl::InvalidArgumentError("base_url: missing");
  auto url = CheckUrl(config.base_url());
  if (!url.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("base_url: ", url.status().message()));
  }
  if (url->find('?') != std::string::npos) {
    return absl::InvalidArgumentError("base_url: a URL with a query (?)");
  }
  defaults.base_url = *std::move(url);
  for (const auto& [name, value] : config.headers()) {
    if (absl::Status status = CheckConfiguredHeader(name, value); !status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("headers: \"", name, "\": ", status.message()));
    }
    defaults.headers.emplace_back(name, value);
  }
  if (absl::Status status = AddLimits(config, &defaults); !status.ok()) return status;
  auto tls = Tls(config.tls());
  if (!tls.ok()) return tls.status();
  defaults.tls = *std::move(tls);
  return std::make_unique<HttpConnector>(std::move(defaults), nullptr, engine);
}

absl::StatusOr<std::unique_ptr<Connector>> MakeHttpInvokeConnector(
    const config::v1::HttpInvoke& config, HttpEngine& engine) {
  HttpDefaults defaults;
  defaults.shape = HttpShape::kInvoke;
  if (absl::Status status = AddLimits(config, &defaults); !status.ok()) return status;
  if (config.has_allowed() && !config.allowed()) return std::make_unique<NotAllowed>();
  auto connections = HttpConnections::Make(config, engine);
  if (!connections.ok()) return connections.status();
  return std::make_unique<HttpConnector>(std::move(defaults), *std::move(connections), engine);
}

}  // namespace segue::services

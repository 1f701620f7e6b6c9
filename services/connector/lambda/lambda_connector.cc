#include "services/connector/lambda/lambda_connector.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/connector/aws/sigv4.h"
#include "services/connector/http/http_url.h"
#include "services/connector/lambda/lambda_message.h"

namespace segue::services {
namespace {

// What a function may return: 6 MB of text
// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
constexpr int64_t kResponseBytesMax = 6 << 20;

class LambdaConnector final : public Connector {
 public:
  LambdaConnector(std::string endpoint, AwsSigner signer, HttpEngine& engine)
      : endpoint_(std::move(endpoint)), signer_(std::move(signer)), engine_(engine) {}

  async::Task<CallResult> Invoke(Call call, async::Executor& executor,
                                 async::CancelToken cancel) override {
    absl::StatusOr<HttpRequest> request = MakeInvokeRequest(call, endpoint_);
    if (!request.ok()) {
      co_return CallResult{WorkflowError{"Lambda.InvalidParameterValueException",
                                         std::string(request.status().message())},
                           {}};
    }
    request->response_bytes_max = kResponseBytesMax;
    Sign(signer_, executor.Now(), *request);
    if (call.sent) call.sent();
    HttpResponse response = co_await engine_.Fetch(*std::move(request), executor, cancel);
    co_return MakeInvokeResult(std::move(response), call.method);
  }

  std::optional<std::string> CheckMethod(const std::string&) const override {
    return std::nullopt;  // the parser knows the two forms that there are
  }

 private:
  const std::string endpoint_;
  const AwsSigner signer_;
  HttpEngine& engine_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Connector>> MakeLambdaConnector(const config::v1::Lambda& config,
                                                               HttpEngine& engine) {
  absl::StatusOr<std::string> endpoint = CheckUrl(config.endpoint());
  if (!endpoint.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("lambda.endpoint: ", std::string(endpoint.status().message())));
  }
  const config::v1::AwsCredentials& keys = config.credentials();
  AwsSigner signer{.access_key_id = keys.access_key_id(),
                   .secret_access_key = keys.secret_access_key(),
                   .session_token = keys.session_token(),
                   .region = config.region().empty() ? "us-east-1" : config.region(),
                   .service = "lambda"};
  return std::make_unique<LambdaConnector>(std::string(absl::StripSuffix(*endpoint, "/")),
                                           std::move(signer), engine);
}

}  // namespace segue::services

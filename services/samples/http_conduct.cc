#include "services/samples/http_conduct.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace segue::samples {
namespace {

constexpr std::pair<absl::StatusCode, int> kStatuses[] = {
    {absl::StatusCode::kOk, 200},
    {absl::StatusCode::kInvalidArgument, 400},
    {absl::StatusCode::kUnauthenticated, 401},
    {absl::StatusCode::kPermissionDenied, 403},
    {absl::StatusCode::kNotFound, 404},
    {absl::StatusCode::kAborted, 409},
    {absl::StatusCode::kAlreadyExists, 409},
    {absl::StatusCode::kFailedPrecondition, 422},
    {absl::StatusCode::kResourceExhausted, 429},
    {absl::StatusCode::kUnimplemented, 501},
    {absl::StatusCode::kUnavailable, 503},
    {absl::StatusCode::kDeadlineExceeded, 504},
};

int StatusOf(absl::StatusCode code) {
  for (const auto& [known, status] : kStatuses) {
    if (known == code) return status;
  }
  return 500;
}

absl::StatusCode CodeOf(int status) {
  for (const auto& [code, known] : kStatuses) {
    if (known == status) return code;
  }
  return absl::StatusCode::kUnknown;
}

}  // namespace

HttpResponse HttpOk(const Json& body) { return {.body = body.Dump()}; }

HttpResponse HttpError(absl::StatusCode code, const std::string& message) {
  return {.status = StatusOf(code), .body = Json::Of({{"error", message}}).Dump()};
}

HttpResponse HttpConduct::Serve(const Method& method, const HttpRequest& request,
                                const std::function<HttpResponse()>& work) const {
  using Outcome = Switches::Fate::Outcome;
  Call call{.time = absl::Now(),
            .service = method.service,
            .method = method.name,
            .key = request.idempotency_key,
            // A key of Segue's begins with its execution.
            .execution_id = request.idempotency_key.substr(0, request.idempotency_key.find('/'))};
  const Switches::Fate fate = switches_.Begin(method.service, call.key);
  if (fate.latency > absl::ZeroDuration()) Sleep(fate.latency);
  // Before the caller can hear of the answer, and send the next call.
  switches_.End(method.service);
  if (fate.outcome == Outcome::kFails) {
    ledger_.Note(call, fate.code);
    return HttpError(fate.code, method.service + " is having a bad moment");
  }
  if (fate.outcome == Outcome::kPushesBack) {
    ledger_.Note(call, absl::StatusCode::kResourceExhausted);
    HttpResponse response =
        HttpError(absl::StatusCode::kResourceExhausted, method.service + " has too much to do");
    const auto seconds = static_cast<int64_t>(std::ceil(absl::ToDoubleSeconds(fate.retry_after)));
    response.headers.emplace_back("Retry-After", absl::StrCat(seconds));
    return response;
  }
  if (method.runs == Method::Runs::kEveryTime) {
    HttpResponse response = work();
    ledger_.Note(call, CodeOf(response.status));
    return response;
  }
  const bool lost = fate.outcome == Outcome::kLosesAnswer;
  const Answer answer =
      ledger_.Once(call, lost ? Ledger::Delivery::kIsLost : Ledger::Delivery::kArrives, [&] {
        HttpResponse done = work();
        return Answer{.code = CodeOf(done.status), .body = std::move(done.body)};
      });
  if (lost) return HttpError(absl::StatusCode::kUnavailable, "the answer is lost");
  return {.status = StatusOf(answer.code), .body = answer.body};
}

}  // namespace segue::samples

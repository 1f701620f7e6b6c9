#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "services/samples/web.h"

namespace segue::samples {
namespace {

absl::Duration TimeOf(absl::string_view name) {
  if (absl::StartsWith(name, "slow")) return absl::Milliseconds(300);
  if (absl::StartsWith(name, "hangs")) return absl::Seconds(10);
  return absl::ZeroDuration();
}

}  // namespace

HttpServer::Handler MakeHealth(const HttpConduct& conduct) {
  return [&conduct](const HttpRequest& request) {
    absl::string_view name = request.path;
    if (!absl::ConsumePrefix(&name, "/health/")) return HttpOk(Json::Of({{"status", "ok"}}));
    const absl::Time began = absl::Now();
    conduct.Sleep(TimeOf(name));
    if (absl::StartsWith(name, "down")) {
      return HttpError(absl::StatusCode::kUnavailable, absl::StrCat(name, " is down"));
    }
    const int64_t millis = absl::ToInt64Milliseconds(absl::Now() - began);
    return HttpOk(Json::Of({{"status", "ok"}, {"name", std::string(name)}, {"millis", millis}}));
  };
}

}  // namespace segue::samples

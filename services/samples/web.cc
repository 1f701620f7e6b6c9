#include "services/samples/web.h"

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace segue::samples {
namespace {

HttpResponse ServeLedger(const HttpRequest& request, Ledger& ledger, Switches& switches) {
  if (request.method == "DELETE") {
    ledger.Reset();
    switches.ResetCounts();
    return HttpOk(Json::Of({}));
  }
  absl::string_view service = request.query;
  if (!service.empty() && !absl::ConsumePrefix(&service, "service=")) {
    return HttpError(absl::StatusCode::kInvalidArgument, "the only parameter is service=");
  }
  return {.content_type = "application/jsonl", .body = ledger.Text(std::string(service))};
}

HttpResponse ServeSwitches(const HttpRequest& request, Switches& switches) {
  absl::string_view service = request.path;
  absl::ConsumePrefix(&service, "/switches");
  absl::ConsumePrefix(&service, "/");
  if (request.method == "GET") {
    std::vector<Json::Member> services;
    for (const auto& [name, state] : switches.Read()) {
      services.emplace_back(name, Json::Of({{"behaviour", ToJson(state.behaviour)},
                                            {"calls", state.calls},
                                            {"in_flight", state.in_flight},
                                            {"in_flight_max", state.in_flight_max}}));
    }
    return HttpOk(Json(Json::Object(std::move(services))));
  }
  const absl::StatusOr<Json> json = Json::Parse(request.body);
  const auto behaviour =
      json.ok() ? ReadBehaviour(*json) : absl::StatusOr<Behaviour>(json.status());
  if (service.empty() || !behaviour.ok()) {
    return HttpError(
        absl::StatusCode::kInvalidArgument,
        service.empty() ? "PUT /switches/<service>" : std::string(behaviour.status().message()));
  }
  switches.Set(std::string(service), *behaviour);
  return HttpOk(ToJson(*behaviour));
}

struct Route {
  std::string methods;  // "GET PUT"
  HttpServer::Handler handler;
};

bool IsBelow(absl::string_view path, absl::string_view prefix) {
  return absl::ConsumePrefix(&path, prefix) && (path.empty() || path.front() == '/');
}

HttpResponse Dispatch(const std::map<std::string, Route>& routes, const HttpRequest& request) {
  for (const auto& [prefix, route] : routes) {
    if (!IsBelow(request.path, prefix)) continue;
    if (absl::StrContains(route.methods, request.method)) return route.handler(request);
    HttpResponse response = HttpError(absl::StatusCode::kUnknown, "allowed: " + route.methods);
    response.status = 405;
    return response;
  }
  return HttpError(absl::StatusCode::kNotFound, absl::StrCat("there is no ", request.path));
}

}  // namespace

HttpServer::Handler MakeWeb(const HttpConduct& conduct, Ledger& ledger, Switches& switches,
                            const std::string& csv_dir) {
  auto routes = std::make_shared<std::map<std::string, Route>>();
  *routes = {
      {"/notify", {"POST", MakeNotification(conduct)}},
      {"/health", {"GET", MakeHealth(conduct)}},
      {"/csv", {"POST", MakeCsv(conduct, csv_dir)}},
      {"/records", {"GET", MakeRecords(conduct)}},
      {"/load", {"GET POST", MakeWarehouse(conduct)}},
      {"/ledger",
       {"GET DELETE",
        [&](const HttpRequest& request) { return ServeLedger(request, ledger, switches); }}},
      {"/switches",
       {"GET PUT", [&](const HttpRequest& request) { return ServeSwitches(request, switches); }}},
  };
  return [routes](const HttpRequest& request) { return Dispatch(*routes, request); };
}

}  // namespace segue::samples

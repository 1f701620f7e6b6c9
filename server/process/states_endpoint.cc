#include "server/process/states_endpoint.h"

#include <utility>

#include "server/process/settings.h"

namespace segue::process {

using api::states::HttpRequest;
using api::states::HttpServer;
using api::states::StatesApi;

absl::StatusOr<std::unique_ptr<StatesEndpoint>> StatesEndpoint::Make(
    const config::v1::Config& config, StatesApi::Dependencies dependencies,
    observability::Log& log) {
  HttpServer::Options options = HttpOptions(config.http());
  if (options.address.empty()) return nullptr;
  auto endpoint = std::unique_ptr<StatesEndpoint>(new StatesEndpoint(log));
  if (!IsLoopback(options.address) && !VerifiesSignatures(config.http())) {
    log.Warning("the HTTP API is open to everybody who can reach it: give http.access_keys",
                {{"address", options.address}});
  }
  endpoint->api_ = std::make_unique<StatesApi>(std::move(dependencies), StatesOptions(config));
  auto listening = HttpServer::Listen(
      std::move(options), [api = endpoint->api_.get()](HttpRequest request, HttpServer::Done done) {
        api->Handle(std::move(request), std::move(done));
      });
  if (!listening.ok()) return listening.status();
  endpoint->server_ = *std::move(listening);
  return endpoint;
}

void StatesEndpoint::SetReady() {
  api_->SetReady();
  log_.Info("serving the Step Functions API over HTTP", {{"port", server_->port()}});
}

}  // namespace segue::process

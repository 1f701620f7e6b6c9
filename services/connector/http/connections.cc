#include "services/connector/http/connections.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/json.h"
#include "services/connector/http/http_message.h"
#include "services/connector/http/http_url.h"

namespace segue::services {
namespace {

using config::v1::HttpConnection;

// A token is fetched anew so long before it ends.
constexpr absl::Duration kTokenMargin = absl::Seconds(30);
constexpr absl::Duration kTokenDefault = absl::Minutes(5);

absl::Status Check(const HttpConnection& connection) {
  const std::string place = absl::StrCat("connections: ", connection.name(), ": ");
  if (connection.name().empty()) return absl::InvalidArgumentError("connections: name: missing");
  if (connection.has_api_key() && connection.api_key().name().empty()) {
    return absl::InvalidArgumentError(absl::StrCat(place, "api_key.name: missing"));
  }
  for (const auto& [name, value] : connection.headers()) {
    if (absl::Status status = CheckConfiguredHeader(name, value); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(place, name, ": ", status.message()));
    }
  }
  if (!connection.has_oauth()) return absl::OkStatus();
  const auto url = CheckUrl(connection.oauth().token_endpoint());
  if (url.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(place, "oauth.token_endpoint: ", url.status().message()));
}

// A connection's headers go before the task's own (AWS).
void SetHeader(const std::string& name, const std::string& value, HttpRequest* request) {
  std::erase_if(request->headers,
                [&](const auto& header) { return absl::EqualsIgnoreCase(header.first, name); });
  request->headers.emplace_back(name, value);
}

absl::Status AddQuery(const HttpConnection& connection, HttpRequest* request) {
  if (connection.query_parameters().empty()) return absl::OkStatus();
  std::vector<Json::Member> members;
  for (const auto& [name, value] : connection.query_parameters()) members.emplace_back(name, value);
  auto url = WithQuery(request->url, Json(Json::Object(std::move(members))));
  if (!url.ok()) return url.status();
  request->url = *std::move(url);
  return absl::OkStatus();
}

HttpRequest TokenRequest(const config::v1::OAuthClientCredentials& oauth) {
  HttpRequest request{.method = "POST", .url = oauth.token_endpoint()};
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.body =
      absl::StrCat("grant_type=client_credentials&client_id=", PercentEncode(oauth.client_id()),
                   "&client_secret=", PercentEncode(oauth.client_secret()));
  if (!oauth.scope().empty()) {
    absl::StrAppend(&request.body, "&scope=", PercentEncode(oauth.scope()));
  }
  return request;
}

}  // namespace

std::string ConnectionName(std::string_view arn) {
  const absl::string_view text(arn.data(), arn.size());
  if (!absl::StartsWith(text, "arn:")) return std::string(arn);
  const std::vector<std::string> parts = absl::StrSplit(text, '/');
  return parts.size() > 1 ? parts[1] : "";
}

absl::StatusOr<OAuthToken> ParseToken(const HttpResponse& response, absl::Time now) {
  if (response.result != HttpResponse::Result::kResponse || response.status >= 300) {
    return absl::UnauthenticatedError(absl::StrCat(
        "the token endpoint gave no token: ", response.message.empty()
                                                  ? absl::StrCat("HTTP status ", response.status)
                                                  : response.message));
  }
  const absl::StatusOr<Json> body = Json::Parse(response.body);
  const std::string* text = body.ok() ? body->FindString("access_token") : nullptr;
  if (text == nullptr) {
    return absl::UnauthenticatedError("the token endpoint's answer holds no access_token");
  }
  const Json* seconds = body->Find("expires_in");
  const absl::Duration lifetime =
      seconds != nullptr && seconds->is_number() ? absl::Seconds(seconds->number()) : kTokenDefault;
  return OAuthToken{.text = *text, .until = now + lifetime};
}

absl::StatusOr<std::unique_ptr<HttpConnections>> HttpConnections::Make(
    const config::v1::HttpInvoke& config, HttpEngine& engine) {
  auto made = std::unique_ptr<HttpConnections>(new HttpConnections(engine));
  for (const HttpConnection& connection : config.connections()) {
    if (absl::Status status = Check(connection); !status.ok()) return status;
    if (!made->connections_.emplace(connection.name(), connection).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("connections: two are named ", connection.name()));
    }
  }
  return made;
}

async::Task<absl::StatusOr<std::string>> HttpConnections::TokenOf(std::string name,
                                                                  absl::Time deadline,
                                                                  async::Executor& executor,
                                                                  async::CancelToken cancel) {
  {
    MutexLock lock(&mutex_);
    const auto kept = tokens_.find(name);
    if (kept != tokens_.end() && kept->second.until > executor.Now() + kTokenMargin) {
      co_return kept->second.text;
    }
  }
  // Two that come at once fetch two tokens: both are good.
  HttpRequest request = TokenRequest(connections_.at(name).oauth());
  request.deadline = deadline;
  HttpResponse response = co_await engine_.Fetch(std::move(request), executor, cancel);
  absl::StatusOr<OAuthToken> token = ParseToken(response, executor.Now());
  if (!token.ok()) co_return token.status();
  MutexLock lock(&mutex_);
  tokens_[name] = {.text = token->text, .until = token->until};
  co_return token->text;
}

async::Task<absl::Status> HttpConnections::Apply(std::string arn, HttpRequest* request,
                                                 async::Executor& executor,
                                                 async::CancelToken cancel) {
  const auto found = connections_.find(ConnectionName(arn));
  if (found == connections_.end()) {
    co_return absl::NotFoundError(absl::StrCat("no connection is configured for ", arn));
  }
  const HttpConnection& connection = found->second;
  for (const auto& [name, value] : connection.headers()) SetHeader(name, value, request);
  if (absl::Status status = AddQuery(connection, request); !status.ok()) co_return status;
  if (connection.has_basic()) {
    const std::string pair =
        absl::StrCat(connection.basic().username(), ":", connection.basic().password());
    SetHeader("Authorization", absl::StrCat("Basic ", absl::Base64Escape(pair)), request);
  } else if (connection.has_api_key()) {
    SetHeader(connection.api_key().name(), connection.api_key().value(), request);
  } else if (connection.has_oauth()) {
    std::string name = connection.name();
    absl::StatusOr<std::string> token =
        co_await TokenOf(std::move(name), request->deadline, executor, cancel);
    if (!token.ok()) co_return token.status();
    SetHeader("Authorization", absl::StrCat("Bearer ", *token), request);
  }
  co_return absl::OkStatus();
}

}  // namespace segue::services

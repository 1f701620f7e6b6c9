#include "server/api/states/test_state/http_messages.h"

#include <string>
#include <string_view>

#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;
using services::HttpTrace;

// "https": AWS has the scheme of the URL for the protocol of both messages.
std::string_view ProtocolOf(const HttpTrace::Request& request) {
  return std::string_view(request.url).substr(0, request.url.find(':'));
}

// "[name: value, name: value]".
std::string HeadersText(const HttpTrace::Headers& headers) {
  std::string text = "[";
  for (const auto& [name, value] : headers) {
    if (text.size() > 1) text += ", ";
    text += Concat(name, ": ", value);
  }
  return text + "]";
}

}  // namespace

Json ShownRequest(const HttpTrace& trace) {
  if (!trace.request) return Json();
  const HttpTrace::Request& request = *trace.request;
  Json shown = Json::Of({{"protocol", ProtocolOf(request)},
                         {"method", request.method},
                         {"url", request.url},
                         {"headers", HeadersText(request.headers)}});
  return request.body.empty() ? shown : shown.With("body", request.body);
}

Json ShownResponse(const HttpTrace& trace) {
  if (!trace.request || !trace.response) return Json();
  const HttpTrace::Response& response = *trace.response;
  Json shown = Json::Of({{"protocol", ProtocolOf(*trace.request)},
                         {"statusCode", std::to_string(response.status)},
                         {"statusMessage", response.status_text},
                         {"headers", HeadersText(response.headers)}});
  return response.body.empty() ? shown : shown.With("body", response.body);
}

}  // namespace segue::api::states

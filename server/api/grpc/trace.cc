#include "server/api/grpc/trace.h"

#include <grpcpp/server_context.h>

#include <algorithm>

#include "absl/strings/ascii.h"

namespace segue::api {
namespace {

// 00-<32 hex>-<16 hex>-<2 hex>
bool IsTraceParent(const std::string& text) {
  if (text.size() != 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  return std::ranges::all_of(text, [](unsigned char c) {
    return c == '-' || absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
  });
}

}  // namespace

std::string TraceParentOf(const grpc::ServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("traceparent");
  if (found == metadata.end()) return "";
  std::string text(found->second.data(), found->second.size());
  return IsTraceParent(text) ? text : "";
}

}  // namespace segue::api

#include "server/scheduler/route.h"

namespace segue::scheduler {

std::optional<Route> RouteOf(const language::Resource& resource) {
  using Kind = language::Resource::Kind;
  if (resource.completion != language::Resource::Completion::kResponse) return std::nullopt;
  switch (resource.kind) {
    case Kind::kGrpc:
    case Kind::kHttp:
      return Route{.service = resource.service, .method = resource.method};
    case Kind::kHttpInvoke:
      return Route{.service = "http-invoke", .method = ""};
    case Kind::kLambda:
    case Kind::kSql:
    case Kind::kWorker:
    case Kind::kActivity:
    case Kind::kStartExecution:
    case Kind::kAwsService:
    case Kind::kOther:
      return std::nullopt;
  }
}

}  // namespace segue::scheduler

#include "server/scheduler/nested/route.h"

namespace segue::scheduler {

namespace {

// The method is the queue, whichever service of the registry has the budget.
Route Pulled(const char* family, const language::Resource& resource) {
  const std::string queue = family + resource.service;
  return {.service = queue, .method = queue};
}

}  // namespace

std::optional<Route> RouteOf(const language::Resource& resource) {
  using Kind = language::Resource::Kind;
  using Completion = language::Resource::Completion;
  const bool is_sync =
      resource.completion == Completion::kSync || resource.completion == Completion::kSync2;
  if (is_sync && resource.kind != Kind::kStartExecution) return std::nullopt;
  switch (resource.kind) {
    case Kind::kGrpc:
    case Kind::kHttp:
      return Route{.service = resource.service, .method = resource.method};
    case Kind::kHttpInvoke:
      return Route{.service = "http-invoke", .method = ""};
    case Kind::kWorker:
      return Pulled("worker:", resource);
    case Kind::kActivity:
      return Pulled("activity:", resource);
    case Kind::kLambda:
      // A function's own ARN is the method; "invoke" is the integration.
      return Route{.service = "lambda",
                   .method = resource.method.empty() ? resource.text : resource.method};
    case Kind::kSql:
    case Kind::kStartExecution:
    case Kind::kAwsService:
    case Kind::kOther:
      return std::nullopt;
  }
}

}  // namespace segue::scheduler

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/api/states/machine.h"
#include "server/api/states/operations.h"
#include "server/api/states/page_token.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;
using scheduler::Arn;
using scheduler::Publication;
using scheduler::WorkflowVersionPtr;

constexpr size_t kAliasesMax = 100;  // of a state machine: AWS's quota

ApiError NoSuchResource() {
  return {"ResourceNotFound", "Request references a resource that does not exist."};
}

// Where an alias is to lead: one or two versions of one state machine.
struct Routing {
  std::string workflow;
  std::vector<Publication::Route> routes;
};

ApiResult<Routing> RoutingFrom(const Call& call) {
  Routing routing;
  Json::Array arns;
  Json::Array weights;
  int64_t sum = 0;
  for (const Json& item : call.input.Find("routingConfiguration")->array()) {
    const std::string& text = *item.FindString("stateMachineVersionArn");
    const int64_t weight = item.Find("weight")->int_value();
    if (!text.starts_with("arn:")) return InvalidArn(Concat("Invalid ARN prefix: ", text));
    const std::optional<Arn> arn = scheduler::ParseArn(text);
    int64_t number = 0;
    const bool version =
        arn && arn->kind == Arn::Kind::kStateMachine && absl::SimpleAtoi(arn->name, &number);
    if (!version) return InvalidArn(Concat("Resource type not valid in this context: ", text));
    if (!routing.workflow.empty() && routing.workflow != arn->workflow) {
      return ValidationException("Routing configuration must name versions of one state machine.");
    }
    routing.workflow = arn->workflow;
    routing.routes.push_back({.version = number, .weight = static_cast<int>(weight)});
    arns.emplace_back(text);
    weights.emplace_back(weight);
    sum += weight;
  }
  if (sum != 100) {
    return ValidationException(
        Concat("Sum of routing configuration weights must equal 100. "
               "Received: ",
               Json(std::move(weights)).Dump()));
  }
  const bool distinct =
      routing.routes.size() < 2 || routing.routes[0].version != routing.routes[1].version;
  if (distinct) return routing;
  return ValidationException(
      Concat("Routing configuration must contain distinct state machine "
             "version ARNs. Received: ",
             Json(std::move(arns)).Dump()));
}

bool AllPublished(const Publication& publication, const std::vector<Publication::Route>& routes) {
  return std::ranges::all_of(routes, [&](const Publication::Route& route) {
    return publication.FindVersion(route.version) != nullptr;
  });
}

std::string AliasArn(const Call& call, std::string_view workflow, std::string_view name) {
  return QualifiedArn(call.scope(), {workflow, name});
}

// What is there already under that name: nothing to do, or a conflict.
std::optional<ApiError> Repeats(const Publication::Alias& there, const Publication::Alias& asked) {
  if (there.routes == asked.routes && there.description == asked.description) return std::nullopt;
  return ApiError{"ConflictException",
                  "Failed to create alias because an alias with the same name and a different "
                  "routing configuration already exists."};
}

// Adds `alias` to what is published; `made` is what stands there then.
ApiResult<Publication> WithAlias(Publication publication, Publication::Alias alias,
                                 Publication::Alias& made) {
  if (const Publication::Alias* there = publication.FindAlias(alias.name)) {
    if (std::optional<ApiError> error = Repeats(*there, alias)) return *std::move(error);
    made = *there;
    return publication;
  }
  if (!AllPublished(publication, alias.routes)) return NoSuchResource();
  if (publication.aliases.size() >= kAliasesMax) {
    return ApiError{"ServiceQuotaExceededException",
                    "A state machine has at most 100 aliases: delete one first"};
  }
  made = alias;
  const auto place =
      std::ranges::upper_bound(publication.aliases, alias.name, {}, &Publication::Alias::name);
  publication.aliases.insert(place, std::move(alias));
  return publication;
}

Json RoutingJson(const Call& call, std::string_view workflow, const Publication::Alias& alias) {
  Json::Array routes;
  for (const Publication::Route& route : alias.routes) {
    routes.push_back(
        Json::Of({{"stateMachineVersionArn", AliasArn(call, workflow, absl::StrCat(route.version))},
                  {"weight", route.weight}}));
  }
  return routes;
}

// An edit of a publication that may fail in AWS's words.
using AliasEdit = absl::AnyInvocable<ApiResult<Publication>(Publication before)>;

async::Task<std::optional<ApiError>> ChangeAliases(Call& call, std::string workflow,
                                                   AliasEdit change) {
  std::optional<ApiError> refused;
  auto edit = [&](const Publication* before) -> absl::StatusOr<std::optional<Publication>> {
    ApiResult<Publication> after = change(before == nullptr ? Publication() : *before);
    if (after.ok()) return *std::move(after);
    refused = after.error();
    return absl::CancelledError();
  };
  absl::Status status = co_await call.scheduler().publications().Change(workflow, std::move(edit));
  if (!status.ok() && !refused) refused = FromStatus(status);
  co_return refused;
}

}  // namespace

async::Task<Answer> CreateStateMachineAlias(Call& call) {
  ApiResult<Routing> routing = RoutingFrom(call);
  if (!routing.ok()) co_return routing.error();
  const std::string workflow = routing->workflow;
  if (!call.scheduler().catalog().Get(workflow, 0).ok()) co_return NoSuchResource();
  Publication::Alias alias{.name = call.Text("name"),
                           .description = call.Text("description"),
                           .routes = routing->routes,
                           .create_time = call.now,
                           .update_time = call.now};
  Publication::Alias made;
  auto change = [&](Publication before) { return WithAlias(std::move(before), alias, made); };
  const std::optional<ApiError> error = co_await ChangeAliases(call, workflow, std::move(change));
  if (error) co_return *error;
  co_return Json::Of({{"creationDate", Timestamp(made.create_time)},
                      {"stateMachineAliasArn", AliasArn(call, workflow, made.name)}});
}

async::Task<Answer> UpdateStateMachineAlias(Call& call) {
  ApiResult<Arn> arn = ArnOf(call, "stateMachineAliasArn", Arn::Kind::kStateMachine);
  if (!arn.ok()) co_return arn.error();
  const bool reroute = call.Has("routingConfiguration");
  if (!reroute && !call.Has("description")) {
    co_return ValidationException(
        "Either the description or the routing configuration must be specified");
  }
  Routing routing;
  if (reroute) {
    ApiResult<Routing> given = RoutingFrom(call);
    if (!given.ok()) co_return given.error();
    routing = *std::move(given);
    if (routing.workflow != arn->workflow) {
      co_return ValidationException("An alias leads to versions of its own state machine.");
    }
  }
  auto change = [&](Publication after) -> ApiResult<Publication> {
    const auto alias = std::ranges::find(after.aliases, arn->name, &Publication::Alias::name);
    if (alias == after.aliases.end()) return NoSuchResource();
    if (reroute && !AllPublished(after, routing.routes)) return NoSuchResource();
    if (reroute) alias->routes = routing.routes;
    if (call.Has("description")) alias->description = call.Text("description");
    alias->update_time = call.now;
    return after;
  };
  const std::optional<ApiError> error =
      co_await ChangeAliases(call, arn->workflow, std::move(change));
  if (error) co_return *error;
  co_return Json::Of({{"updateDate", Timestamp(call.now)}});
}

async::Task<Answer> DescribeStateMachineAlias(Call& call) {
  ApiResult<Arn> arn = ArnOf(call, "stateMachineAliasArn", Arn::Kind::kStateMachine);
  if (!arn.ok()) co_return arn.error();
  absl::StatusOr<WorkflowVersionPtr> newest = call.scheduler().catalog().Get(arn->workflow, 0);
  if (!newest.ok()) co_return NoSuchResource();
  const Publication publication = PublicationOf(call, **newest);
  const Publication::Alias* alias = publication.FindAlias(arn->name);
  if (alias == nullptr) co_return NoSuchResource();
  Json answer = Json::Of({{"stateMachineAliasArn", AliasArn(call, arn->workflow, alias->name)},
                          {"name", alias->name},
                          {"routingConfiguration", RoutingJson(call, arn->workflow, *alias)},
                          {"creationDate", Timestamp(alias->create_time)},
                          {"updateDate", Timestamp(alias->update_time)}});
  if (!alias->description.empty()) answer = answer.With("description", alias->description);
  co_return answer;
}

async::Task<Answer> DeleteStateMachineAlias(Call& call) {
  ApiResult<Arn> arn = ArnOf(call, "stateMachineAliasArn", Arn::Kind::kStateMachine);
  if (!arn.ok()) co_return arn.error();
  if (call.scheduler().publications().Find(arn->workflow) == nullptr) {
    co_return Json(Json::Object());
  }
  auto change = [&](Publication after) -> ApiResult<Publication> {
    std::erase_if(after.aliases, [&](const auto& alias) { return alias.name == arn->name; });
    return after;
  };
  const std::optional<ApiError> error =
      co_await ChangeAliases(call, arn->workflow, std::move(change));
  if (error) co_return *error;
  co_return Json(Json::Object());
}

async::Task<Answer> ListStateMachineAliases(Call& call) {
  ApiResult<WorkflowVersionPtr> newest = NewestOf(call, "stateMachineArn");
  if (!newest.ok()) co_return newest.error();
  const std::string& workflow = (*newest)->name;
  const std::string list = Concat("aliases ", call.Text("stateMachineArn"));
  ApiResult<std::string> after = PagePosition(call.input, list);
  if (!after.ok()) co_return after.error();
  // The ARN of a version lists those that lead to it.
  const std::string qualifier = scheduler::ParseArn(call.Text("stateMachineArn"))->name;
  int64_t number = 0;
  const bool filtered = absl::SimpleAtoi(qualifier, &number);
  const int size = PageSize(call.input);
  const Publication publication = PublicationOf(call, **newest);
  Json::Array items;
  Json answer = Json::Object();
  std::string last;
  for (const Publication::Alias& alias : publication.aliases) {
    const bool leads =
        std::ranges::find(alias.routes, number, &Publication::Route::version) != alias.routes.end();
    if (alias.name <= *after || (filtered && !leads)) continue;
    if (std::ssize(items) == size) {
      answer = answer.With("nextToken", EncodePageToken(list, last));
      break;
    }
    last = alias.name;
    items.push_back(Json::Of({{"creationDate", Timestamp(alias.create_time)},
                              {"stateMachineAliasArn", AliasArn(call, workflow, alias.name)}}));
  }
  co_return answer.With("stateMachineAliases", std::move(items));
}

}  // namespace segue::api::states

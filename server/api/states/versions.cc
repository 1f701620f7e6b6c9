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
using scheduler::WorkflowVersion;
using scheduler::WorkflowVersionPtr;

ApiError ConflictException(std::string message) {
  return {"ConflictException", std::move(message)};
}

std::string VersionArn(const Call& call, std::string_view workflow, int64_t number) {
  return QualifiedArn(call.scope(), {workflow, absl::StrCat(number)});
}

// A version for `version` of the workflow, unless the newest one is that already.
Publication Published(Publication publication, const WorkflowVersion& version,
                      std::string description, absl::Time now) {
  const bool there = !publication.versions.empty() &&
                     publication.versions.back().workflow_version == version.version;
  if (there) return publication;
  publication.versions.push_back({.number = publication.next_version++,
                                  .workflow_version = version.version,
                                  .description = std::move(description),
                                  .create_time = now});
  return publication;
}

std::vector<std::string> AliasesOf(const Publication& publication, int64_t number) {
  std::vector<std::string> names;
  for (const Publication::Alias& alias : publication.aliases) {
    const bool leads =
        std::ranges::find(alias.routes, number, &Publication::Route::version) != alias.routes.end();
    if (leads) names.push_back(alias.name);
  }
  return names;
}

}  // namespace

Publication PublicationOf(const Call& call, const WorkflowVersion& newest) {
  const auto kept = call.scheduler().publications().Find(newest.name);
  return CurrentPublication(newest, kept.get());
}

async::Task<ApiResult<Publication::Version>> Publish(Call& call, WorkflowVersionPtr version,
                                                     std::string description) {
  Publication::Version made;
  auto edit = [&](const Publication* before) -> absl::StatusOr<std::optional<Publication>> {
    Publication after =
        Published(CurrentPublication(*version, before), *version, std::move(description), call.now);
    made = after.versions.back();
    return after;
  };
  absl::Status status =
      co_await call.scheduler().publications().Change(version->name, std::move(edit));
  if (!status.ok()) co_return FromStatus(status);
  co_return made;
}

async::Task<Answer> PublishStateMachineVersion(Call& call) {
  ApiResult<WorkflowVersionPtr> newest = NewestOf(call, "stateMachineArn");
  if (!newest.ok()) co_return newest.error();
  const std::string current = RevisionOf(**newest);
  const std::string shown = current.empty() ? kInitialRevision : current;
  const std::string wanted = call.Text("revisionId");
  if (!wanted.empty() && wanted != shown) {
    co_return ConflictException(Concat("Failed to publish the State Machine version for revision ",
                                       wanted, ". The current State Machine revision is ", shown,
                                       "."));
  }
  const std::string name = (*newest)->name;
  ApiResult<Publication::Version> made =
      co_await Publish(call, *std::move(newest), call.Text("description"));
  if (!made.ok()) co_return made.error();
  co_return Json::Of({{"creationDate", Timestamp(made->create_time)},
                      {"stateMachineVersionArn", VersionArn(call, name, made->number)}});
}

async::Task<Answer> DeleteStateMachineVersion(Call& call) {
  ApiResult<Arn> arn = ArnOf(call, "stateMachineVersionArn", Arn::Kind::kStateMachine);
  if (!arn.ok()) co_return arn.error();
  int64_t number = 0;
  if (!absl::SimpleAtoi(arn->name, &number)) {
    co_return ValidationException(
        Concat("The State Machine version ARN is invalid: ", call.Text("stateMachineVersionArn")));
  }
  std::vector<std::string> aliases;
  auto edit = [&](const Publication* before) -> absl::StatusOr<std::optional<Publication>> {
    if (before == nullptr) return std::optional<Publication>();
    Publication after = *before;
    aliases = AliasesOf(after, number);
    if (aliases.empty()) {
      std::erase_if(after.versions, [&](const auto& version) { return version.number == number; });
    }
    return after;
  };
  absl::Status status =
      co_await call.scheduler().publications().Change(arn->workflow, std::move(edit));
  if (!status.ok()) co_return FromStatus(status);
  if (aliases.empty()) co_return Json(Json::Object());
  std::string list;
  for (const std::string& name : aliases) list += Concat(list.empty() ? "" : ", ", name);
  co_return ConflictException(
      Concat("Version to be deleted must not be referenced by an alias. Current list of aliases "
             "referencing this version: [",
             list, "]"));
}

async::Task<Answer> ListStateMachineVersions(Call& call) {
  ApiResult<WorkflowVersionPtr> newest = NewestOf(call, "stateMachineArn");
  if (!newest.ok()) co_return newest.error();
  const std::string list = Concat("versions ", (*newest)->name);
  ApiResult<std::string> position = PagePosition(call.input, list);
  if (!position.ok()) co_return position.error();
  int64_t before = INT64_MAX;
  if (!position->empty() && !absl::SimpleAtoi(*position, &before)) co_return InvalidToken();
  const Publication publication = PublicationOf(call, **newest);
  const int size = PageSize(call.input);
  Json::Array items;
  Json answer = Json::Object();
  int64_t last = 0;
  for (auto it = publication.versions.rbegin(); it != publication.versions.rend(); ++it) {
    if (it->number >= before) continue;
    if (std::ssize(items) == size) {
      answer = answer.With("nextToken", EncodePageToken(list, absl::StrCat(last)));
      break;
    }
    last = it->number;
    items.push_back(
        Json::Of({{"creationDate", Timestamp(it->create_time)},
                  {"stateMachineVersionArn", VersionArn(call, (*newest)->name, it->number)}}));
  }
  co_return answer.With("stateMachineVersions", std::move(items));
}

}  // namespace segue::api::states

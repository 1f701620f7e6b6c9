#include "server/scheduler/nested/machine_target.h"

#include <utility>

#include "absl/strings/numbers.h"

namespace segue::scheduler {
namespace {

// One of the versions that an alias leads to, by their weights.
int64_t Pick(const Publication::Alias& alias, Random& random) {
  int64_t point = static_cast<int64_t>(random.Below(100));
  for (const Publication::Route& route : alias.routes) {
    point -= route.weight;
    if (point < 0) return route.version;
  }
  return alias.routes.back().version;
}

}  // namespace

Publication CurrentPublication(const WorkflowVersion& newest, const Publication* kept) {
  const absl::Time made = absl::FromUnixMicros(absl::ToUnixMicros(newest.create_time));
  if (kept != nullptr && kept->workflow_create_time == made) return *kept;
  return {.workflow_create_time = made};
}

std::optional<MachineTarget> FindMachineTarget(const Catalog& catalog,
                                               const Book<Publication>& publications,
                                               const Arn& arn, Random& random) {
  if (arn.kind != Arn::Kind::kStateMachine) return std::nullopt;
  absl::StatusOr<WorkflowVersionPtr> newest = catalog.Get(arn.workflow, 0);
  if (!newest.ok()) return std::nullopt;
  if (arn.name.empty()) return MachineTarget{.version = *std::move(newest)};
  const auto kept = publications.Find((*newest)->name);
  const Publication publication = CurrentPublication(**newest, kept.get());
  MachineTarget target;
  if (!absl::SimpleAtoi(arn.name, &target.published_version)) {
    const Publication::Alias* alias = publication.FindAlias(arn.name);
    if (alias == nullptr) return std::nullopt;
    target.alias = alias->name;
    target.published_version = Pick(*alias, random);
  }
  const Publication::Version* version = publication.FindVersion(target.published_version);
  if (version == nullptr) return std::nullopt;
  absl::StatusOr<WorkflowVersionPtr> behind =
      catalog.Get((*newest)->name, version->workflow_version);
  if (!behind.ok()) return std::nullopt;
  target.version = *std::move(behind);
  return target;
}

}  // namespace segue::scheduler

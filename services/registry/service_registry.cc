#include "services/registry/service_registry.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/check.h"
#include "server/base/error.h"

namespace segue::services {
namespace {

// A handle is the attempt's number in its service, then the service's: enough for a million names
// and 10^13 attempts to each.
constexpr int kServiceBits = 20;
constexpr uint64_t kServicesMax = uint64_t{1} << kServiceBits;

absl::Status CheckLimits(const std::string& service, const BudgetLimits& limits) {
  const std::optional<BudgetFault> fault = FindFault(limits);
  if (!fault) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kInvalidArgument,
      absl::StrCat("budget of service '", service, "': ", fault->field, " ", fault->description),
      {.reason = "INVALID_BUDGET",
       .metadata = {{"service", service}},
       .violations = {
           {.field = absl::StrCat("budget.", fault->field), .description = fault->description}}});
}

}  // namespace

ServiceRegistry::ServiceRegistry(Options options)
    : environment_{.clock = options.clock, .home = options.home, .observer = options.observer},
      save_override_(std::move(options.save_override)) {
  services_.push_back(std::make_unique<Service>(environment_, "unknown"));
}

ServiceRegistry::~ServiceRegistry() = default;

AttemptHandle ServiceRegistry::Start(AttemptRequest request, async::Executor& executor, Done done) {
  Entry entry;
  {
    MutexLock lock(&mutex_);
    entry = EntryOf(request.service);
  }
  const LeaseId id = entry.service->Start(std::move(request), executor, std::move(done));
  return AttemptHandle((id.value() << kServiceBits) | entry.number);
}

void ServiceRegistry::Cancel(AttemptHandle handle) {
  Service* service = OfHandle(handle);
  if (service) service->Cancel(LeaseId(handle.value() >> kServiceBits));
}

std::optional<WaitReason> ServiceRegistry::Explain(AttemptHandle handle) const {
  const Service* service = OfHandle(handle);
  if (!service) return std::nullopt;
  return service->Explain(LeaseId(handle.value() >> kServiceBits));
}

std::optional<std::string> ServiceRegistry::Check(const std::string& service,
                                                  const std::string& method) const {
  const Service* found = Find(service);
  const std::shared_ptr<Connector> connector = found ? found->connector() : nullptr;
  if (connector) return connector->CheckMethod(method);
  std::vector<std::string> names;
  for (const ServiceInfo& info : List()) names.push_back(info.name);
  return absl::StrCat("no service named '", service, "' is configured",
                      names.empty() ? std::string(" (there is none)")
                                    : absl::StrCat("; there is: ", absl::StrJoin(names, ", ")));
}

absl::Status ServiceRegistry::ApplyConfig(std::vector<ServiceDefinition> definitions) {
  absl::flat_hash_set<std::string> names;
  for (const ServiceDefinition& definition : definitions) {
    if (absl::Status status = CheckLimits(definition.name, definition.budget); !status.ok()) {
      return status;
    }
    if (!names.insert(definition.name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("two services are named '", definition.name, "'"));
    }
  }
  MutexLock admin_lock(&admin_mutex_);
  for (Service* service : All()) {
    if (names.contains(service->name())) continue;
    if (service->Retire() == Service::Defined::kDroppedOverride) SaveNone(service->name());
  }
  for (ServiceDefinition& definition : definitions) {
    Service* service = FindOrMake(definition.name);
    const Service::Defined defined = service->Define(std::move(definition));
    if (defined == Service::Defined::kDroppedOverride) SaveNone(service->name());
  }
  return absl::OkStatus();
}

void ServiceRegistry::RestoreOverrides(const std::vector<BudgetOverride>& overrides) {
  MutexLock admin_lock(&admin_mutex_);
  for (const BudgetOverride& restored : overrides) {
    Service* service = Find(restored.service);
    if (service && !FindFault(restored.budget)) service->Restore(restored);
  }
}

std::vector<ServiceInfo> ServiceRegistry::List() const {
  std::vector<ServiceInfo> infos;
  for (const Service* service : All()) {
    if (absl::StatusOr<ServiceInfo> info = service->Info(); info.ok()) {
      infos.push_back(*std::move(info));
    }
  }
  std::sort(infos.begin(), infos.end(),
            [](const ServiceInfo& a, const ServiceInfo& b) { return a.name < b.name; });
  return infos;
}

absl::StatusOr<ServiceInfo> ServiceRegistry::Get(const std::string& service) const {
  const Service* found = Find(service);
  return found ? found->Info() : Service::NotFound(service);
}

absl::StatusOr<ServiceInfo> ServiceRegistry::UpdateBudget(const BudgetChange& change, Saved saved) {
  if (absl::Status status = CheckLimits(change.service, change.budget); !status.ok()) {
    return status;
  }
  MutexLock admin_lock(&admin_mutex_);
  Service* service = Find(change.service);
  if (!service) return Service::NotFound(change.service);
  absl::StatusOr<BudgetOverride> made = service->Override(change.budget, change.etag);
  if (!made.ok()) return made.status();
  Save(change.service, *std::move(made), std::move(saved));
  return service->Info();
}

void ServiceRegistry::CancelCalls(const async::Executor& executor) {
  SEGUE_CHECK(executor.IsCurrent());
  for (Service* service : All()) service->CancelCalls(executor);
}

// A configured service of that very name goes before the family's.
ServiceRegistry::Entry ServiceRegistry::EntryOf(const std::string& name) const {
  const auto own = by_name_.find(name);
  const size_t colon = name.find(':');
  if (own != by_name_.end() && (colon == name.npos || own->second.service->connector())) {
    return own->second;
  }
  const auto family = by_name_.find(name.substr(0, colon));
  if (colon != name.npos && family != by_name_.end()) return family->second;
  return {.service = services_[0].get(), .number = 0};
}

Service* ServiceRegistry::Find(const std::string& name) const {
  MutexLock lock(&mutex_);
  const Entry entry = EntryOf(name);
  return entry.number == 0 ? nullptr : entry.service;
}

Service* ServiceRegistry::OfHandle(AttemptHandle handle) const {
  const uint64_t number = handle.value() & (kServicesMax - 1);
  MutexLock lock(&mutex_);
  return number < services_.size() ? services_[number].get() : nullptr;
}

Service* ServiceRegistry::FindOrMake(const std::string& name) {
  MutexLock lock(&mutex_);
  const auto [position, is_new] = by_name_.try_emplace(name);
  if (is_new) {
    SEGUE_CHECK(services_.size() < kServicesMax);
    services_.push_back(std::make_unique<Service>(environment_, name));
    position->second = {.service = services_.back().get(), .number = services_.size() - 1};
  }
  return position->second.service;
}

std::vector<Service*> ServiceRegistry::All() const {
  MutexLock lock(&mutex_);
  std::vector<Service*> all;
  for (const auto& service : services_) all.push_back(service.get());
  return all;
}

void ServiceRegistry::Save(const std::string& service, const std::optional<BudgetOverride>& made,
                           Saved saved) {
  if (!save_override_) return saved(absl::OkStatus());
  save_override_(service, made, std::move(saved));
}

// Nothing waits for this: a stored override whose configured budget is another is out of date.
void ServiceRegistry::SaveNone(const std::string& service) {
  Save(service, std::nullopt, [](const absl::Status&) {});
}

}  // namespace segue::services

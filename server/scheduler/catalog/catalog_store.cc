#include "server/scheduler/catalog/catalog_store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "segue/storage/v1/records.pb.h"
#include "server/async/run_on.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/scheduler/errors.h"
#include "server/scheduler/fingerprint.h"
#include "server/scheduler/nested/nested.h"
#include "server/scheduler/nested/route.h"

namespace segue::scheduler {
namespace {

constexpr char kCollection[] = "workflow";

std::string KeyOf(std::string_view name, int64_t version) {
  return absl::StrFormat("%s/%020d", std::string(name), version);
}

struct StoredKey {
  std::string name;
  int64_t version = 0;
};

std::optional<StoredKey> ParseKey(const std::string& key) {
  const size_t slash = key.rfind('/');
  StoredKey parsed;
  if (slash == std::string::npos || !absl::SimpleAtoi(key.substr(slash + 1), &parsed.version)) {
    return std::nullopt;
  }
  parsed.name = key.substr(0, slash);
  return parsed;
}

std::string EtagOf(const WorkflowVersion& version) {
  Fingerprint fingerprint;
  fingerprint.Add(version.definition).Add(version.description).Add(version.version);
  for (const auto& [key, value] : version.labels) fingerprint.Add(key).Add(value);
  const StateMachineSettings& settings = version.settings;
  if (settings != StateMachineSettings{}) {
    fingerprint.Add(static_cast<int64_t>(settings.type)).Add(settings.role).Add(settings.logging);
    fingerprint.Add(settings.tracing).Add(settings.encryption);
  }
  return absl::StrFormat("%016x", fingerprint.value());
}

enum class Presence { kThere, kDeleted };

std::string Encode(const WorkflowVersion& version, Presence presence) {
  storage::v1::WorkflowRecord record;
  record.set_definition(version.definition);
  record.set_format(static_cast<int>(version.format));
  record.set_description(version.description);
  record.mutable_labels()->insert(version.labels.begin(), version.labels.end());
  record.set_create_time_us(absl::ToUnixMicros(version.create_time));
  record.set_update_time_us(absl::ToUnixMicros(version.update_time));
  record.set_deleted(presence == Presence::kDeleted);
  const StateMachineSettings& settings = version.settings;
  if (settings != StateMachineSettings{}) {
    storage::v1::StateMachineRecord& machine = *record.mutable_state_machine();
    machine.set_type(static_cast<int>(settings.type));
    machine.set_role(settings.role);
    machine.set_logging(settings.logging);
    machine.set_tracing(settings.tracing);
    machine.set_encryption(settings.encryption);
  }
  return record.SerializeAsString();
}

absl::Status Mismatch(const std::string& name) {
  return MakeError(absl::StatusCode::kAborted,
                   absl::StrCat("workflow ", name, " has changed since its etag was read: get it ",
                                "again and repeat the change"),
                   {.reason = "ETAG_MISMATCH", .resource_type = "workflow", .resource_name = name});
}

absl::Status CheckName(std::string_view name) {
  // Step Functions' rule (service-2.json, CreateStateMachineInput): both APIs see all workflows.
  constexpr std::string_view kForbidden = "<>{}[]?*\"#%\\^|~`$&,;:/";
  const int64_t characters = std::ranges::count_if(name, [](char c) { return (c & 0xC0) != 0x80; });
  const bool fits = !name.empty() && characters <= 80;
  const bool allowed = std::ranges::all_of(name, [&](unsigned char c) {
    return c > ' ' && c != 0x7F && kForbidden.find(static_cast<char>(c)) == kForbidden.npos;
  });
  if (fits && allowed) return absl::OkStatus();
  return BadField("workflow.name", "BAD_NAME",
                  "a workflow's name has 1 to 80 characters, no blank and none of "
                  "< > { } [ ] ? * \" # % \\ ^ | ~ ` $ & , ; : /");
}

absl::Status InvalidDefinition(const std::vector<language::Fault>& faults) {
  ErrorDetail detail{.reason = "INVALID_DEFINITION"};
  for (const language::Fault& fault : faults) {
    detail.violations.push_back(
        {.field = fault.position.pointer,
         .description =
             absl::StrCat(fault.position.line, ":", fault.position.column, ": ", fault.message),
         .reason = fault.code});
  }
  const language::Fault& first = faults.front();
  std::string message = absl::StrCat(
      "the definition has ", faults.size(), faults.size() == 1 ? " fault" : " faults", "; line ",
      first.position.line, ", column ", first.position.column, ": ", first.message);
  return MakeError(absl::StatusCode::kInvalidArgument, message, detail);
}

}  // namespace

StoredCatalog::StoredCatalog(Dependencies dependencies, Limits limits)
    : deps_(std::move(dependencies)), limits_(limits), changes_(*deps_.home) {}

async::Executor& StoredCatalog::Caller() const {
  for (async::Executor* executor : deps_.executors) {
    if (executor->IsCurrent()) return *executor;
  }
  SEGUE_CHECK(false);
}

const StoredCatalog::Entry* StoredCatalog::Find(std::string_view name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second;
}

absl::StatusOr<WorkflowVersionPtr> StoredCatalog::Get(std::string_view name,
                                                      int64_t version) const {
  MutexLock lock(&mutex_);
  const Entry* entry = Find(name);
  if (entry == nullptr || entry->deleted) return WorkflowNotFound(name, 0);
  if (version == 0) return entry->newest();
  const auto found = entry->versions.find(version);
  if (found == entry->versions.end()) return WorkflowNotFound(name, version);
  return found->second;
}

absl::StatusOr<language::WorkflowPtr> StoredCatalog::CompiledFor(std::string_view name,
                                                                 int64_t version) const {
  MutexLock lock(&mutex_);
  const Entry* entry = Find(name);
  if (entry != nullptr) {
    const auto found = entry->versions.find(version);
    if (found != entry->versions.end() && !found->second.ok()) return found->second.status();
    if (found != entry->versions.end()) return (*found->second)->workflow;
  }
  return absl::DataLossError(absl::StrCat("the store lacks version ", version, " of workflow ",
                                          std::string(name), ", which an execution runs"));
}

std::vector<WorkflowVersionPtr> StoredCatalog::List(std::string_view after, int limit) const {
  MutexLock lock(&mutex_);
  std::vector<WorkflowVersionPtr> page;
  for (auto it = entries_.upper_bound(after); it != entries_.end(); ++it) {
    if (std::ssize(page) == limit) break;
    const Entry& entry = it->second;
    if (!entry.deleted && entry.newest().ok()) page.push_back(*entry.newest());
  }
  return page;
}

// What the language allows and this server cannot run.
std::optional<language::Fault> StoredCatalog::FindFault(const language::State& state,
                                                        language::Resources resources) const {
  const bool any_uri = resources == language::Resources::kAnyUri;
  const auto* task = std::get_if<language::TaskState>(&state.detail);
  if (task == nullptr) return std::nullopt;
  if (IsNested(task->resource)) return std::nullopt;  // called by the scheduler itself
  const std::optional<Route> route = RouteOf(task->resource);
  if (!route && any_uri) return std::nullopt;
  if (!route) {
    return language::Fault{
        .position = task->resource_position,
        .code = "UNSUPPORTED_RESOURCE",
        .message = absl::StrCat("this server cannot call ", task->resource.text,
                                "; it calls grpc:<service>/<package.Service>/<Method>, "
                                "http:<service>, worker:<task type>, activities, Lambda functions, "
                                "arn:aws:states:::http:invoke and "
                                "arn:aws:states:::states:startExecution")};
  }
  std::optional<std::string> fault = deps_.runner->Check(route->service, route->method);
  if (!fault) return std::nullopt;
  return language::Fault{
      .position = task->resource_position, .code = "UNKNOWN_SERVICE", .message = *std::move(fault)};
}

language::ParseResult StoredCatalog::Parse(std::string_view definition,
                                           const language::ParseOptions& options) const {
  if (std::ssize(definition) > limits_.max_definition_bytes) {
    language::Fault fault{
        .code = "TOO_LARGE",
        .message = absl::StrCat("the definition has ", definition.size(), " bytes; the limit is ",
                                limits_.max_definition_bytes, " (limits.max_definition_bytes)")};
    return {.faults = {std::move(fault)}};
  }
  language::ParseResult parsed = language::ParseWorkflow(definition, options);
  if (parsed.workflow == nullptr) return parsed;
  for (const language::State& state : parsed.workflow->states) {
    if (std::optional<language::Fault> fault = FindFault(state, options.resources)) {
      parsed.faults.push_back(*std::move(fault));
    }
  }
  if (!parsed.faults.empty()) parsed.workflow = nullptr;
  return parsed;
}

absl::StatusOr<language::WorkflowPtr> StoredCatalog::CompileWith(
    std::string_view definition, const language::ParseOptions& options) const {
  language::ParseResult parsed = Parse(definition, options);
  if (parsed.workflow == nullptr) return InvalidDefinition(parsed.faults);
  return std::move(parsed.workflow);
}

absl::StatusOr<language::WorkflowPtr> StoredCatalog::Compile(std::string_view definition,
                                                             language::Format format) const {
  return CompileWith(definition, {.format = format});
}

// A service may have left the configuration since: that is no reason not to run what runs.
absl::StatusOr<language::WorkflowPtr> StoredCatalog::CompileStored(std::string_view definition,
                                                                   language::Format format) const {
  language::ParseResult parsed = language::ParseWorkflow(
      definition, {.format = format, .resources = language::Resources::kAnyUri});
  if (parsed.workflow != nullptr) return std::move(parsed.workflow);
  return absl::DataLossError(absl::StrCat("this server version refuses a stored definition: ",
                                          parsed.faults.front().message));
}

std::vector<language::Fault> StoredCatalog::Faults(std::string_view definition,
                                                   language::Format format) const {
  return Parse(definition, {.format = format}).faults;
}

async::Task<absl::Status> StoredCatalog::Load() {
  store::Store::DocumentQuery query{.collection = kCollection, .limit = 100};
  while (true) {
    absl::StatusOr<std::vector<store::Document>> page =
        co_await deps_.store->ReadDocuments(query, *deps_.home);
    if (!page.ok()) co_return page.status();
    for (const store::Document& document : *page) {
      Restore(document);
    }
    if (std::ssize(*page) < query.limit) co_return absl::OkStatus();
    query.after = page->back().key;
  }
}

void StoredCatalog::Restore(const store::Document& document) {
  storage::v1::WorkflowRecord record;
  const bool parsed = record.ParseFromString(document.record);
  absl::StatusOr<WorkflowVersionPtr> version = absl::DataLossError("its record cannot be parsed");
  if (parsed) version = Decode(document.key, record);
  if (!version.ok()) {
    version = absl::DataLossError(absl::StrCat("the stored workflow ", document.key, ": ",
                                               std::string(version.status().message())));
    deps_.observer->OnRecordUnreadable(absl::StrCat("workflow ", document.key), version.status());
  }
  const std::optional<StoredKey> key = ParseKey(document.key);
  if (!key) return;  // of no workflow that could be named
  MutexLock lock(&mutex_);
  Entry& entry = entries_[key->name];
  entry.deleted = parsed && record.deleted();
  entry.versions.emplace(key->version, std::move(version));
}

absl::StatusOr<WorkflowVersionPtr> StoredCatalog::Decode(
    const std::string& document_key, const storage::v1::WorkflowRecord& record) const {
  const std::optional<StoredKey> key = ParseKey(document_key);
  if (!key) return absl::DataLossError("its key is not a name and a version");
  auto version = std::make_shared<WorkflowVersion>();
  version->name = key->name;
  version->version = key->version;
  version->definition = record.definition();
  version->description = record.description();
  version->format = static_cast<language::Format>(record.format());
  version->labels = {record.labels().begin(), record.labels().end()};
  version->create_time = absl::FromUnixMicros(record.create_time_us());
  version->update_time = absl::FromUnixMicros(record.update_time_us());
  if (record.has_state_machine()) {
    const storage::v1::StateMachineRecord& machine = record.state_machine();
    version->settings = {.type = static_cast<language::WorkflowType>(machine.type()),
                         .role = machine.role(),
                         .logging = machine.logging(),
                         .tracing = machine.tracing(),
                         .encryption = machine.encryption()};
  }
  version->etag = EtagOf(*version);
  absl::StatusOr<language::WorkflowPtr> workflow =
      CompileStored(version->definition, version->format);
  if (!workflow.ok()) return workflow.status();
  version->workflow = *std::move(workflow);
  return version;
}

async::Task<absl::StatusOr<PutWorkflowResult>> StoredCatalog::Put(PutWorkflow request) {
  co_return co_await async::RunOn(*deps_.home, Caller(), PutAtHome(std::move(request)));
}

async::Task<absl::Status> StoredCatalog::Delete(std::string name, std::string etag) {
  co_return co_await async::RunOn(*deps_.home, Caller(),
                                  DeleteAtHome(std::move(name), std::move(etag)));
}

// The version that `request` makes, or the newest where it changes nothing.
absl::StatusOr<PutWorkflowResult> StoredCatalog::Next(const PutWorkflow& request,
                                                      absl::Time now) const {
  using Mode = PutWorkflow::Mode;
  if (absl::Status status = CheckName(request.name); !status.ok()) return status;
  MutexLock lock(&mutex_);
  const Entry* entry = Find(request.name);
  const bool there = entry != nullptr && !entry->deleted;
  if (there && request.mode == Mode::kCreate) {
    return MakeError(
        absl::StatusCode::kAlreadyExists,
        absl::StrCat("workflow ", request.name, " exists: update it instead"),
        {.reason = "WORKFLOW_EXISTS", .resource_type = "workflow", .resource_name = request.name});
  }
  if (!there && request.mode == Mode::kUpdate) return WorkflowNotFound(request.name, 0);
  // Null also where it cannot be read: then what is put now replaces it, as its next version.
  const WorkflowVersion* newest =
      entry == nullptr || !entry->newest().ok() ? nullptr : entry->newest()->get();
  const bool readable = there && newest != nullptr;
  if (!request.etag.empty() && (!readable || newest->etag != request.etag)) {
    return Mismatch(request.name);
  }
  const StateMachineSettings settings =
      request.settings.value_or(readable ? newest->settings : StateMachineSettings());
  if (readable && newest->definition == request.definition && newest->labels == request.labels &&
      newest->description == request.description && newest->settings == settings) {
    return PutWorkflowResult{.version = *entry->newest()};
  }
  absl::StatusOr<language::WorkflowPtr> workflow = CompileWith(
      request.definition,
      {.format = request.format, .type = settings.type, .resources = request.resources});
  if (!workflow.ok()) return workflow.status();
  auto version = std::make_shared<WorkflowVersion>();
  version->name = request.name;
  version->version = entry == nullptr ? 1 : entry->versions.rbegin()->first + 1;
  version->definition = request.definition;
  version->description = request.description;
  version->format = request.format;
  version->labels = request.labels;
  version->settings = settings;
  version->create_time = readable ? newest->create_time : now;
  version->update_time = now;
  version->etag = EtagOf(*version);
  version->workflow = *std::move(workflow);
  return PutWorkflowResult{.version = std::move(version), .changed = true};
}

// Changes are written one after the other: each is checked against what the one before made.
async::Task<absl::Status> StoredCatalog::Write(store::DocumentWrite document) {
  std::vector<store::DocumentWrite> documents;
  documents.push_back(std::move(document));
  co_return co_await deps_.commit(std::move(documents));
}

async::Task<absl::StatusOr<PutWorkflowResult>> StoredCatalog::PutAtHome(PutWorkflow request) {
  co_await changes_.Begin();
  absl::StatusOr<PutWorkflowResult> result = co_await PutAlone(std::move(request));
  changes_.End();
  co_return result;
}

async::Task<absl::Status> StoredCatalog::DeleteAtHome(std::string name, std::string etag) {
  co_await changes_.Begin();
  absl::Status status = co_await DeleteAlone(std::move(name), std::move(etag));
  changes_.End();
  co_return status;
}

async::Task<absl::StatusOr<PutWorkflowResult>> StoredCatalog::PutAlone(PutWorkflow request) {
  absl::StatusOr<PutWorkflowResult> next = Next(request, deps_.home->Now());
  const bool write = next.ok() && next->changed && request.commit == PutWorkflow::Commit::kYes;
  if (!write) co_return next;
  const WorkflowVersion& version = *next->version;
  store::DocumentWrite document{.collection = kCollection,
                                .key = KeyOf(version.name, version.version),
                                .record = Encode(version, Presence::kThere)};
  absl::Status status = co_await Write(std::move(document));
  if (!status.ok()) co_return status;
  MutexLock lock(&mutex_);
  Entry& entry = entries_[version.name];
  entry.deleted = false;
  entry.versions.emplace(version.version, next->version);
  co_return next;
}

async::Task<absl::Status> StoredCatalog::DeleteAlone(std::string name, std::string etag) {
  absl::StatusOr<WorkflowVersionPtr> newest = Get(name, 0);
  if (!newest.ok()) co_return newest.status();
  if (!etag.empty() && (*newest)->etag != etag) co_return Mismatch(name);
  store::DocumentWrite document{.collection = kCollection,
                                .key = KeyOf(name, (*newest)->version),
                                .record = Encode(**newest, Presence::kDeleted)};
  absl::Status status = co_await Write(std::move(document));
  if (!status.ok()) co_return status;
  MutexLock lock(&mutex_);
  entries_[name].deleted = true;
  co_return absl::OkStatus();
}

}  // namespace segue::scheduler

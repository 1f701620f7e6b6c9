#include "server/scheduler/scheduler.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "server/async/run_on.h"
#include "server/base/check.h"
#include "server/base/random.h"
#include "server/scheduler/admission.h"
#include "server/scheduler/catalog/catalog_store.h"
#include "server/scheduler/catalog/known_activities.h"
#include "server/scheduler/catalog/token_key.h"
#include "server/scheduler/codec.h"
#include "server/scheduler/errors.h"
#include "server/scheduler/shard.h"

namespace segue::scheduler {

// One shard with what stands beside it on its thread.
struct ShardPlace {
  std::unique_ptr<Shard> shard;
  async::Executor* executor;
  Random random;  // of ids generated on this thread
};

struct Scheduler::Impl {
  Dependencies deps;
  Options options;
  std::vector<ShardPlace> places;
  std::unique_ptr<StoredCatalog> catalog;
  std::unique_ptr<Book<Publication>> publications;
  std::unique_ptr<Book<Activity>> activities;
  std::unique_ptr<KnownActivities> known_activities;
  std::unique_ptr<Book<Tags>> tags;
  std::string token_key;
  async::TaskGroup tasks;  // on the first executor

  // The place whose thread the caller is on.
  ShardPlace& Here() {
    for (ShardPlace& place : places) {
      if (place.executor->IsCurrent()) return place;
    }
    SEGUE_CHECK(false);
  }
  ShardPlace& Owner(const ExecutionId& id) {
    return places[static_cast<size_t>(ShardOf(id.value(), static_cast<int>(places.size())))];
  }

  // Runs `task`, a member call of the shard that owns the execution, there.
  template <typename T>
  async::Task<T> At(ShardPlace& place, async::Task<T> task) {
    return async::RunOn(*place.executor, *Here().executor, std::move(task));
  }

  // An id that belongs to the caller's own shard, so that the submit needs no other thread. It
  // begins with the time, so that the store's keys of what runs together lie together.
  ExecutionId GenerateId(ShardPlace& here) {
    const int64_t now = absl::ToUnixMillis(here.executor->Now());
    while (true) {
      ExecutionId id(here.random.TimedUuid(now));
      if (&Owner(id) == &here) return id;
    }
  }

  template <typename Value>
  std::unique_ptr<Book<Value>> MakeBook(typename Book<Value>::Format format) {
    typename Book<Value>::Dependencies dependencies{.home = deps.executors.front(),
                                                    .executors = deps.executors,
                                                    .store = deps.store,
                                                    .observer = deps.observer};
    dependencies.commit = [this](std::vector<store::DocumentWrite> documents) {
      return places.front().shard->CommitDocuments(std::move(documents));
    };
    return std::make_unique<Book<Value>>(std::move(dependencies), std::move(format));
  }

  async::Task<void> Start(absl::AnyInvocable<void(absl::Status)> ready);
  async::Task<absl::Status> LoadDocuments();
  async::Task<absl::Status> StartAll();
  async::Task<void> Write(store::DocumentWrite document,
                          absl::AnyInvocable<void(const absl::Status&)> written);
  async::Task<void> Read(
      std::string collection,
      absl::AnyInvocable<void(absl::StatusOr<std::vector<store::Document>>)> read);
};

Scheduler::Scheduler(Dependencies dependencies, Options options) : impl_(std::make_unique<Impl>()) {
  impl_->deps = std::move(dependencies);
  impl_->options = options;
  Impl& impl = *impl_;
  async::Executor* home = impl.deps.executors.front();
  const auto commit = [&impl](std::vector<store::DocumentWrite> documents) {
    return impl.places.front().shard->CommitDocuments(std::move(documents));
  };
  impl.catalog = std::make_unique<StoredCatalog>(
      StoredCatalog::Dependencies{.home = home,
                                  .executors = impl.deps.executors,
                                  .store = impl.deps.store,
                                  .runner = impl.deps.runner,
                                  .observer = impl.deps.observer,
                                  .commit = commit},
      StoredCatalog::Limits{.max_definition_bytes = options.max_definition_bytes});
  impl.publications = impl.MakeBook<Publication>(PublicationFormat());
  impl.activities = impl.MakeBook<Activity>(ActivityFormat());
  impl.known_activities = std::make_unique<KnownActivities>(*impl.activities);
  impl.tags = impl.MakeBook<Tags>(TagsFormat());
  Random seeds(impl.deps.seed);
  const int count = static_cast<int>(impl.deps.executors.size());
  for (int index = 0; index < count; ++index) {
    async::Executor* executor = impl.deps.executors[static_cast<size_t>(index)];
    Shard::Dependencies shard{.index = index,
                              .slots = SlotsOf({.index = index, .count = count}),
                              .executor = executor,
                              .store = impl.deps.store,
                              .runner = impl.deps.runner,
                              .catalog = impl.catalog.get(),
                              .activities = impl.known_activities.get(),
                              .token_key = &impl.token_key,
                              .observer = impl.deps.observer,
                              .objects = impl.deps.objects,
                              .scheduler = this,
                              .owner = impl.deps.owner,
                              .memory_full = impl.deps.memory_full};
    impl.places.push_back({.shard = std::make_unique<Shard>(std::move(shard), impl.options),
                           .executor = executor,
                           .random = Random(seeds.Next())});
    executor->SetTurnEndHook([shard = impl.places.back().shard.get()] { shard->EndTurn(); });
  }
}

Scheduler::~Scheduler() { impl_->tasks.ThrowAway(); }

Catalog& Scheduler::catalog() { return *impl_->catalog; }
Book<Publication>& Scheduler::publications() { return *impl_->publications; }
Book<Activity>& Scheduler::activities() { return *impl_->activities; }
Book<Tags>& Scheduler::tags() { return *impl_->tags; }

const ArnScope& Scheduler::arns() const { return impl_->options.arns; }

async::Task<void> Scheduler::Impl::Write(store::DocumentWrite document,
                                         absl::AnyInvocable<void(const absl::Status&)> written) {
  std::vector<store::DocumentWrite> documents;
  documents.push_back(std::move(document));
  const absl::Status status = co_await places.front().shard->CommitDocuments(std::move(documents));
  written(status);
}

async::Task<void> Scheduler::Impl::Read(
    std::string collection,
    absl::AnyInvocable<void(absl::StatusOr<std::vector<store::Document>>)> read) {
  constexpr int kDocumentsMax = 10'000;
  store::Store::DocumentQuery query{.collection = std::move(collection), .limit = kDocumentsMax};
  absl::StatusOr<std::vector<store::Document>> documents =
      co_await deps.store->ReadDocuments(query, *places.front().executor);
  read(std::move(documents));
}

void Scheduler::WriteDocument(store::DocumentWrite document,
                              absl::AnyInvocable<void(const absl::Status&)> written) {
  impl_->places.front().executor->Post(
      [impl = impl_.get(), document = std::move(document), written = std::move(written)]() mutable {
        impl->tasks.Spawn(impl->Write(std::move(document), std::move(written)));
      });
}

void Scheduler::ReadDocuments(
    std::string collection,
    absl::AnyInvocable<void(absl::StatusOr<std::vector<store::Document>>)> read) {
  impl_->places.front().executor->Post(
      [impl = impl_.get(), collection = std::move(collection), read = std::move(read)]() mutable {
        impl->tasks.Spawn(impl->Read(std::move(collection), std::move(read)));
      });
}

void Scheduler::Start(absl::AnyInvocable<void(absl::Status)> ready) {
  impl_->places.front().executor->Post([impl = impl_.get(), ready = std::move(ready)]() mutable {
    impl->tasks.Spawn(impl->Start(std::move(ready)));
  });
}

async::Task<void> Scheduler::Impl::Start(absl::AnyInvocable<void(absl::Status)> ready) {
  absl::Status status = co_await StartAll();
  ready(std::move(status));
}

async::Task<absl::Status> Scheduler::Impl::LoadDocuments() {
  absl::StatusOr<std::string> key =
      co_await KeepTokenKey(deps.fresh_token_key, *deps.store, *places.front().executor);
  if (!key.ok()) co_return key.status();
  token_key = *std::move(key);
  absl::Status status = co_await catalog->Load();
  if (!status.ok()) co_return status;
  status = co_await publications->Load();
  if (!status.ok()) co_return status;
  status = co_await activities->Load();
  if (!status.ok()) co_return status;
  co_return co_await tags->Load();
}

// One shard after the other: what recovery costs is reading, and that is shared.
async::Task<absl::Status> Scheduler::Impl::StartAll() {
  for (ShardPlace& place : places) {
    if (absl::Status status = place.shard->Acquire(); !status.ok()) co_return status;
  }
  absl::Status loaded = co_await LoadDocuments();
  if (!loaded.ok()) co_return loaded;
  for (ShardPlace& place : places) {
    absl::Status status = co_await At(place, place.shard->Start());
    if (!status.ok()) co_return status;
    place.executor->Post([shard = place.shard.get()] { shard->StartUpkeep(); });
  }
  co_return absl::OkStatus();
}

void Scheduler::Stop(absl::Time deadline, absl::AnyInvocable<void()> stopped) {
  struct Countdown {
    std::atomic<size_t> left;
    absl::AnyInvocable<void()> stopped;
  };
  auto countdown = std::make_shared<Countdown>();
  countdown->left = impl_->places.size();
  countdown->stopped = std::move(stopped);
  for (ShardPlace& place : impl_->places) {
    place.executor->Post([shard = place.shard.get(), deadline, countdown] {
      shard->Stop(deadline, [countdown] {
        if (--countdown->left == 0) countdown->stopped();
      });
    });
  }
}

async::Task<absl::StatusOr<SubmitResult>> Scheduler::Submit(SubmitRequest request) {
  ShardPlace& here = impl_->Here();
  const bool validate_only = request.mode == SubmitRequest::Mode::kValidateOnly;
  const std::optional<Identity> identity = IdentityOf(request);
  absl::StatusOr<Admission> admission = PrepareAdmission(
      std::move(request), *impl_->catalog, impl_->options, here.executor->Now(), here.random);
  if (!admission.ok()) {
    // A request that was accepted stays accepted, whatever has changed since: its deadline may have
    // passed, its workflow may be deleted.
    if (identity && !validate_only && IsExecutionId(identity->id.value())) {
      absl::StatusOr<ExecutionView> accepted = co_await Get(identity->id, Detail::kBasic);
      const bool same =
          accepted.ok() && accepted->execution.request_fingerprint == identity->fingerprint;
      if (same) co_return SubmitResult{.view = *std::move(accepted), .duplicate = true};
    }
    co_return admission.status();
  }
  if (validate_only) co_return SubmitResult{.view = {.execution = std::move(admission->execution)}};
  if (admission->id == Admission::Id::kGenerated) {
    admission->execution.id = impl_->GenerateId(here);
    co_return co_await here.shard->Admit(*std::move(admission));
  }
  ShardPlace& owner = impl_->Owner(admission->execution.id);
  co_return co_await impl_->At(owner, owner.shard->Admit(*std::move(admission)));
}

async::Task<absl::StatusOr<SubmitResult>> Scheduler::Admit(std::unique_ptr<Admission> admission) {
  ShardPlace& owner = impl_->Owner(admission->execution.id);
  co_return co_await impl_->At(owner, owner.shard->Admit(std::move(*admission)));
}

async::Task<absl::StatusOr<ExecutionView>> Scheduler::Get(ExecutionId id, Detail detail) {
  ShardPlace& owner = impl_->Owner(id);
  co_return co_await impl_->At(owner, owner.shard->Get(std::move(id), detail));
}

async::Task<absl::StatusOr<ExecutionView>> Scheduler::Cancel(ExecutionId id,
                                                             engine::Cancelled reason) {
  ShardPlace& owner = impl_->Owner(id);
  co_return co_await impl_->At(owner, owner.shard->Cancel(std::move(id), std::move(reason)));
}

async::Task<absl::Status> Scheduler::EndStarted(StartedChild child) {
  ShardPlace& owner = impl_->Owner(child.id);
  co_return co_await impl_->At(owner, owner.shard->EndStarted(std::move(child)));
}

namespace {

async::Task<absl::Status> IsAtWork(const Shard& shard) { co_return shard.Admissible(); }

}  // namespace

async::Task<absl::Status> Scheduler::AllAtWork() {
  for (ShardPlace& place : impl_->places) {
    absl::Status status = co_await impl_->At(place, IsAtWork(*place.shard));
    if (!status.ok()) co_return status;
  }
  co_return absl::OkStatus();
}

async::Task<absl::StatusOr<RedriveResult>> Scheduler::Redrive(ExecutionId id, std::string token) {
  ShardPlace& owner = impl_->Owner(id);
  co_return co_await impl_->At(owner, owner.shard->Redrive(std::move(id), std::move(token)));
}

async::Task<absl::StatusOr<ExecutionView>> Scheduler::Wait(ExecutionId id, Detail detail,
                                                           absl::Time until) {
  ShardPlace& owner = impl_->Owner(id);
  co_return co_await impl_->At(owner, owner.shard->Wait(std::move(id), detail, until));
}

async::Task<absl::StatusOr<WatchResult>> Scheduler::Watch(WatchRequest request) {
  ShardPlace& owner = impl_->Owner(request.id);
  co_return co_await impl_->At(owner, owner.shard->Watch(std::move(request)));
}

async::Task<absl::Status> Scheduler::CompleteTask(std::string token, Outcome<Json> result) {
  SentResult sent{.token = std::move(token), .result = std::move(result)};
  co_return co_await SendResult(std::move(sent));
}

async::Task<absl::Status> Scheduler::SendResult(SentResult sent) {
  std::optional<engine::TaskToken> task = engine::ParseTaskToken(sent.token);
  if (!task || !IsExecutionId(task->execution.value())) co_return InvalidTaskToken();
  ShardPlace& owner = impl_->Owner(task->execution);
  engine::TaskCompleted event{
      .attempt = task->attempt, .result = std::move(sent.result), .sender = std::move(sent.sender)};
  co_return co_await impl_->At(owner,
                               owner.shard->CompleteTask(*std::move(task), std::move(event)));
}

async::Task<absl::Status> Scheduler::HeartbeatTask(std::string token) {
  std::optional<engine::TaskToken> task = engine::ParseTaskToken(token);
  if (!task || !IsExecutionId(task->execution.value())) co_return InvalidTaskToken();
  ShardPlace& owner = impl_->Owner(task->execution);
  co_return co_await impl_->At(owner, owner.shard->HeartbeatTask(*std::move(task)));
}

namespace {

bool Matches(const engine::Execution& execution, const ListFilter& filter) {
  const bool status = filter.statuses.empty() ||
                      std::ranges::find(filter.statuses, execution.status) != filter.statuses.end();
  const Redrives redrives = execution.redrive_count > 0 ? Redrives::kSome : Redrives::kNone;
  const bool redriven = !filter.redrives || *filter.redrives == redrives;
  return status && redriven && std::ranges::all_of(filter.labels, [&](const auto& label) {
           const auto found = execution.labels.find(label.first);
           return found != execution.labels.end() && found->second == label.second;
         });
}

store::ListQuery QueryFor(const ListFilter& filter, const std::optional<ListCursor>& after) {
  store::ListQuery query{.workflow = filter.map_run ? filter.map_run : filter.workflow,
                         .start_after = filter.start_after,
                         .start_before = filter.start_before};
  if (filter.statuses.size() == 1) query.status = static_cast<int>(filter.statuses.front());
  if (after) query.after = {after->start_time, after->id};
  return query;
}

}  // namespace

async::Task<absl::StatusOr<ListPage>> Scheduler::List(ListFilter filter,
                                                      std::optional<ListCursor> after, int limit) {
  async::Executor& home = *impl_->Here().executor;
  store::ListQuery query = QueryFor(filter, after);
  query.limit = limit;
  // A filter that matches little must not read the whole store for one page: a page may be short,
  // and say where to go on.
  constexpr int kScansPerPageMax = 20;
  ListPage page;
  for (int scan = 0; scan < kScansPerPageMax; ++scan) {
    absl::StatusOr<std::vector<store::ListRow>> rows =
        co_await impl_->deps.store->ListExecutions(query, home);
    if (!rows.ok()) co_return rows.status();
    for (const store::ListRow& row : *rows) {
      page.next = ListCursor{.start_time = row.start_time, .id = row.id};
      absl::StatusOr<DecodedExecution> decoded = DecodeExecution(row.id, row.record);
      if (!decoded.ok()) co_return decoded.status();
      if (!Matches(decoded->execution, filter)) continue;
      page.executions.push_back({.execution = std::move(decoded->execution)});
      if (std::ssize(page.executions) == limit) co_return page;
    }
    if (std::ssize(*rows) < query.limit) {
      page.next.reset();
      break;
    }
    query.after = {page.next->start_time, page.next->id};
  }
  co_return page;
}

async::Task<absl::StatusOr<std::vector<engine::HistoryEvent>>> Scheduler::History(
    HistoryRequest request) {
  async::Executor& home = *impl_->Here().executor;
  const bool descending = request.order == HistoryRequest::Order::kDescending;
  store::HistoryQuery query{.id = request.id,
                            .from = request.from,
                            .to = request.to,
                            .order = descending ? store::HistoryQuery::Order::kDescending
                                                : store::HistoryQuery::Order::kAscending,
                            .limit = request.limit};
  absl::StatusOr<std::vector<store::StoredHistory>> records =
      co_await impl_->deps.store->ReadHistory(query, home);
  if (!records.ok()) co_return records.status();
  if (records->empty()) {
    absl::StatusOr<ExecutionView> view = co_await Get(request.id, Detail::kBasic);
    if (!view.ok()) co_return view.status();
  }
  std::vector<engine::HistoryEvent> events;
  for (const store::StoredHistory& record : *records) {
    absl::StatusOr<std::vector<engine::HistoryEvent>> decoded = DecodeHistory(request.id, record);
    if (!decoded.ok()) co_return decoded.status();
    if (descending) std::ranges::reverse(*decoded);
    for (engine::HistoryEvent& event : *decoded) {
      const bool inside = event.id >= request.from && event.id <= request.to;
      if (inside && std::ssize(events) < request.limit) events.push_back(std::move(event));
    }
  }
  co_return events;
}

async::Task<absl::StatusOr<MapRun>> Scheduler::GetMapRun(std::string uuid) {
  absl::StatusOr<std::optional<std::string>> record =
      co_await impl_->deps.store->ReadDocument(kMapRuns, uuid, *impl_->Here().executor);
  if (!record.ok()) co_return record.status();
  if (!record->has_value()) co_return MapRunNotFound(uuid);
  absl::StatusOr<MapRun> stored = DecodeMapRun(uuid, **record);
  if (!stored.ok() || stored->status != MapRunStatus::kRunning) co_return stored;
  ShardPlace& owner = impl_->Owner(stored->execution);
  std::optional<MapRun> live =
      co_await impl_->At(owner, owner.shard->FindMapRun(stored->execution, uuid));
  // That it has stopped is told once it is durable.
  if (live && live->status == MapRunStatus::kRunning) co_return *std::move(live);
  co_return stored;
}

async::Task<absl::StatusOr<std::vector<MapRun>>> Scheduler::ListMapRuns(ExecutionId execution) {
  store::Store::DocumentQuery query{
      .collection = kMapRunsOfExecutions, .prefix = execution.value() + "/", .limit = 1000};
  absl::StatusOr<std::vector<store::Document>> documents =
      co_await impl_->deps.store->ReadDocuments(query, *impl_->Here().executor);
  if (!documents.ok()) co_return documents.status();
  std::vector<MapRun> runs;
  for (const store::Document& document : *documents) {
    absl::StatusOr<MapRun> run = co_await GetMapRun(document.record);
    if (!run.ok()) co_return run.status();
    runs.push_back(*std::move(run));
  }
  std::ranges::sort(runs, [](const MapRun& a, const MapRun& b) {
    return std::tie(b.start_time, b.uuid) < std::tie(a.start_time, a.uuid);
  });
  co_return runs;
}

async::Task<absl::StatusOr<MapRun>> Scheduler::UpdateMapRun(std::string uuid, MapRunUpdate update) {
  absl::StatusOr<MapRun> run = co_await GetMapRun(uuid);
  if (!run.ok()) co_return run.status();
  ShardPlace& owner = impl_->Owner(run->execution);
  absl::Status updated =
      co_await impl_->At(owner, owner.shard->UpdateMapRun(run->execution, uuid, std::move(update)));
  if (!updated.ok()) co_return updated;
  co_return co_await GetMapRun(std::move(uuid));
}

}  // namespace segue::scheduler

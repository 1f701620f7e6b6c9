#include "server/scheduler/catalog/token_key.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "server/async/one_shot.h"
#include "server/base/check.h"

namespace segue::scheduler {
namespace {

constexpr char kSecrets[] = "secret";
constexpr char kTaskTokens[] = "task_tokens";

}  // namespace

async::Task<absl::StatusOr<std::string>> ReadTokenKey(store::Store& store,
                                                      async::Executor& executor) {
  absl::StatusOr<std::optional<std::string>> record =
      co_await store.ReadDocument(kSecrets, kTaskTokens, executor);
  if (!record.ok()) co_return record.status();
  if (!record->has_value()) co_return std::string();
  if ((*record)->size() != kTokenKeyBytes) {
    co_return absl::DataLossError("the stored key of task tokens cannot be read");
  }
  co_return **std::move(record);
}

async::Task<absl::StatusOr<std::string>> KeepTokenKey(std::string fresh, store::Store& store,
                                                      async::Executor& executor) {
  SEGUE_CHECK(fresh.size() == kTokenKeyBytes);
  absl::StatusOr<std::string> kept = co_await ReadTokenKey(store, executor);
  if (!kept.ok() || !kept->empty()) co_return kept;
  store::Batch batch;
  batch.documents.push_back({.collection = kSecrets, .key = kTaskTokens, .record = fresh});
  async::OneShot<absl::Status> committed;
  store.Commit(std::move(batch), executor,
               [&committed](absl::Status status) { committed.Set(std::move(status)); });
  absl::Status status = co_await committed;
  if (!status.ok()) co_return status;
  co_return fresh;
}

}  // namespace segue::scheduler

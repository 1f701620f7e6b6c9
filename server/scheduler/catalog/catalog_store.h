#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "server/async/executor.h"
#include "server/base/mutex.h"
#include "server/scheduler/catalog/catalog.h"
#include "server/scheduler/catalog/change_queue.h"
#include "server/scheduler/observer.h"
#include "server/store/store.h"
#include "services/registry/task_runner.h"

namespace segue::storage::v1 {
class WorkflowRecord;
}  // namespace segue::storage::v1

namespace segue::scheduler {

// The catalog over the store's documents: collection "workflow", key "<name>/<version, 20 digits>".
//
// Changes run one after the other on one executor (that of the shard that owns the documents); what
// is read is what is durable.
class StoredCatalog final : public Catalog {
 public:
  // Writes documents durably; on the home executor.
  using CommitDocuments =
      absl::AnyInvocable<async::Task<absl::Status>(std::vector<store::DocumentWrite>)>;
  struct Dependencies {
    async::Executor* home = nullptr;
    std::vector<async::Executor*> executors;  // of the callers
    store::Store* store = nullptr;
    const services::TaskRunner* runner = nullptr;  // tells which services there are
    Observer* observer = nullptr;
    CommitDocuments commit;
  };
  struct Limits {
    int64_t max_definition_bytes = 1 << 20;
  };
  StoredCatalog(Dependencies dependencies, Limits limits);

  // Reads all workflows from the store; on the home executor, before anything else. A version that
  // cannot be read is told to the observer, and DataLoss for whoever asks for it.
  async::Task<absl::Status> Load();

  absl::StatusOr<WorkflowVersionPtr> Get(std::string_view name, int64_t version) const override;
  absl::StatusOr<language::WorkflowPtr> CompiledFor(std::string_view name,
                                                    int64_t version) const override;
  absl::StatusOr<language::WorkflowPtr> CompileStored(std::string_view definition,
                                                      language::Format format) const override;
  std::vector<WorkflowVersionPtr> List(std::string_view after, int limit) const override;
  absl::StatusOr<language::WorkflowPtr> Compile(std::string_view definition,
                                                language::Format format) const override;
  std::vector<language::Fault> Faults(std::string_view definition,
                                      language::Format format) const override;
  async::Task<absl::StatusOr<PutWorkflowResult>> Put(PutWorkflow request) override;
  async::Task<absl::Status> Delete(std::string name, std::string etag) override;

 private:
  struct Entry {
    std::map<int64_t, absl::StatusOr<WorkflowVersionPtr>> versions;  // or why it cannot be read
    bool deleted = false;
    const absl::StatusOr<WorkflowVersionPtr>& newest() const { return versions.rbegin()->second; }
  };

  async::Task<absl::StatusOr<PutWorkflowResult>> PutAtHome(PutWorkflow request);
  async::Task<absl::Status> DeleteAtHome(std::string name, std::string etag);
  async::Task<absl::StatusOr<PutWorkflowResult>> PutAlone(PutWorkflow request);
  async::Task<absl::Status> DeleteAlone(std::string name, std::string etag);
  async::Task<absl::Status> Write(store::DocumentWrite document);
  void Restore(const store::Document& document);
  absl::StatusOr<WorkflowVersionPtr> Decode(const std::string& document_key,
                                            const storage::v1::WorkflowRecord& record) const;
  absl::StatusOr<PutWorkflowResult> Next(const PutWorkflow& request, absl::Time now) const;
  const Entry* Find(std::string_view name) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<language::Fault> FindFault(const language::State& state,
                                           language::Resources resources) const;
  language::ParseResult Parse(std::string_view definition,
                              const language::ParseOptions& options) const;
  absl::StatusOr<language::WorkflowPtr> CompileWith(std::string_view definition,
                                                    const language::ParseOptions& options) const;
  async::Executor& Caller() const;

  Dependencies deps_;
  const Limits limits_;
  ChangeQueue changes_;  // of Put and Delete
  mutable Mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace segue::scheduler

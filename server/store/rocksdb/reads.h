#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/store/rocksdb/database.h"
#include "server/store/store.h"

// The store's reads, but for lists (list_scan.h): each blocks on the calling thread.

namespace segue::store::rocks {

absl::StatusOr<std::optional<StoredExecution>> LoadExecution(const Database& db,
                                                             const ExecutionId& id);
absl::StatusOr<std::vector<WakeRow>> ScanWakeRange(const Database& db,
                                                   const Store::WakeQuery& query);
absl::StatusOr<std::vector<Store::ClosedRow>> ScanClosedRange(const Database& db,
                                                              const Store::ClosedQuery& query);
absl::StatusOr<std::vector<StoredHistory>> ReadHistoryRange(const Database& db,
                                                            const HistoryQuery& query);
absl::StatusOr<std::optional<std::string>> GetDocument(const Database& db,
                                                       const std::string& collection,
                                                       const std::string& key);
absl::StatusOr<std::vector<Document>> ScanDocuments(const Database& db,
                                                    const Store::DocumentQuery& query);

}  // namespace segue::store::rocks

#include "server/store/limits.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace segue::store {
namespace {

constexpr size_t kIdBytesMax = 80;
constexpr size_t kWorkflowBytesMax = 320;
constexpr int kStatusMax = 255;

bool IsIdByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
}

bool IsWorkflowName(std::string_view name) {
  return name.size() <= kWorkflowBytesMax &&
         std::none_of(name.begin(), name.end(),
                      [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

absl::Status CheckIndex(const IndexEntry& entry) {
  if (!IsWorkflowName(entry.workflow)) {
    return absl::InvalidArgumentError(absl::StrCat("workflow name '",
                                                   absl::CHexEscape(entry.workflow),
                                                   "' is too long or holds control characters"));
  }
  if (entry.status < 0 || entry.status > kStatusMax) {
    return absl::InvalidArgumentError(absl::StrCat("status ", entry.status, " is not in [0, 255]"));
  }
  return absl::OkStatus();
}

bool RemovesOnly(const ExecutionWrite& write) {
  return !write.record && write.branches.empty() && write.history.empty() &&
         !(write.wake && write.wake->to) && !(write.index && write.index->to);
}

absl::Status CheckExecution(const ExecutionWrite& write, const Fence& fence) {
  const std::string& id = write.id.value();
  if (!IsExecutionId(id)) {
    return absl::InvalidArgumentError(
        absl::StrCat("execution id '", absl::CHexEscape(id), "' is not [A-Za-z0-9_-]{1,80}"));
  }
  if (!fence.slots.Contains(SlotOf(id))) {
    return absl::InvalidArgumentError(absl::StrCat("execution ", id, " is in slot ", SlotOf(id),
                                                   ", which its fence does not cover"));
  }
  if (write.remove && !RemovesOnly(write)) {
    return absl::InvalidArgumentError(absl::StrCat("execution ", id, " is removed and written"));
  }
  for (const HistoryWrite& history : write.history) {
    if (history.first < 1 || history.count < 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("execution ", id, ": history [", history.first, ", +", history.count, ")"));
    }
  }
  if (!write.index) return absl::OkStatus();
  for (const std::optional<IndexEntry>* entry : {&write.index->from, &write.index->to}) {
    if (!entry->has_value()) continue;
    if (absl::Status status = CheckIndex(**entry); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

bool IsExecutionId(std::string_view id) {
  return !id.empty() && id.size() <= kIdBytesMax && std::all_of(id.begin(), id.end(), IsIdByte);
}

absl::Status CheckBatch(const Batch& batch) {
  for (const ExecutionWrite& write : batch.executions) {
    if (absl::Status status = CheckExecution(write, batch.fence); !status.ok()) return status;
  }
  for (const DocumentWrite& write : batch.documents) {
    const bool nul = write.collection.find('\0') != std::string::npos;
    if (write.collection.empty() || nul || write.key.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("document '",
                                                     absl::CHexEscape(write.collection), "'/'",
                                                     absl::CHexEscape(write.key), "' has no name"));
    }
  }
  return absl::OkStatus();
}

}  // namespace segue::store

#include "server/store/rocksdb/status.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "server/store/rocksdb/key.h"

namespace segue::store::rocks {

absl::Status ToStatus(const ::rocksdb::Status& status, std::string_view what) {
  if (status.ok()) return absl::OkStatus();
  const std::string message = absl::StrCat(std::string(what), ": ", status.ToString());
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(message);
  if (status.IsCorruption()) return absl::DataLossError(message);
  if (status.IsIOError() || status.IsBusy() || status.IsTimedOut() || status.IsTryAgain() ||
      status.IsIncomplete() || status.IsShutdownInProgress() || status.IsAborted()) {
    return absl::UnavailableError(message);
  }
  return absl::InternalError(message);
}

absl::Status CorruptKey(std::string_view family, std::string_view key) {
  return absl::DataLossError(
      absl::StrCat("corrupt record in '", std::string(family), "' at '", Printable(key), "'"));
}

}  // namespace segue::store::rocks

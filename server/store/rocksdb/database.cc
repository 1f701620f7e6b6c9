#include "server/store/rocksdb/database.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "rocksdb/transaction_log.h"
#include "server/store/rocksdb/small_file.h"
#include "server/store/rocksdb/status.h"

namespace segue::store::rocks {
namespace {

// Raised when key.h's layout changes so that an older server would read it wrongly.
constexpr int kFormat = 1;
constexpr char kFormatStart[] = "segue store format ";

absl::Status Refused(const std::string& dir, const std::string& why) {
  return absl::FailedPreconditionError(absl::StrCat("the store directory '", dir, "' ", why));
}

void LimitMemtables(int64_t bytes_max, std::vector<::rocksdb::ColumnFamilyDescriptor>& families) {
  for (::rocksdb::ColumnFamilyDescriptor& family : families) {
    size_t& bytes = family.options.write_buffer_size;
    bytes = std::min(bytes, static_cast<size_t>(bytes_max));
  }
}

std::string DbDir(const std::string& dir) { return dir + "/db"; }

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const DatabaseOptions& options) {
  ::rocksdb::Env* env = options.env;
  if (const auto made = env->CreateDirIfMissing(options.dir); !made.ok()) {
    return Refused(options.dir, absl::StrCat("cannot be made: ", made.ToString()));
  }
  std::unique_ptr<Database> database(new Database(env));
  if (absl::Status status = database->Lock(options.dir); !status.ok()) return status;
  if (absl::Status status = database->CheckFormat(options.dir); !status.ok()) return status;
  if (absl::Status status = database->OpenDb(options); !status.ok()) return status;
  if (absl::Status status = database->OpenMark(options); !status.ok()) return status;
  return database;
}

Database::~Database() {
  for (::rocksdb::ColumnFamilyHandle* handle : handles_) {
    if (handle != nullptr) db_->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  }
  if (db_) db_->Close().PermitUncheckedError();  // all that counts is in the log
  db_.reset();
  if (lock_ != nullptr) env_->UnlockFile(lock_).PermitUncheckedError();
}

// A lock of our own, though RocksDB has one: it guards FORMAT as well, and a failure here can only
// mean one of two things, which a probe tells apart. The probe is another file: closing any
// descriptor of a file that is locked with fcntl() drops the lock.
absl::Status Database::Lock(const std::string& dir) {
  const auto locked = env_->LockFile(dir + "/LOCK", &lock_);
  if (locked.ok()) return absl::OkStatus();
  lock_ = nullptr;
  const std::string probe = dir + "/PROBE";
  const auto probed = ::rocksdb::WriteStringToFile(env_, "", probe);
  if (!probed.ok()) {
    return Refused(dir, absl::StrCat("is not writable: ", probed.ToString()));
  }
  env_->DeleteFile(probe).PermitUncheckedError();
  return Refused(dir, "is in use by another process (its LOCK is held)");
}

absl::Status Database::CheckFormat(const std::string& dir) {
  const std::string path = dir + "/FORMAT";
  std::string text;
  if (const auto read = ::rocksdb::ReadFileToString(env_, path, &text); read.ok()) {
    absl::string_view rest = absl::StripSuffix(text, "\n");
    int format = 0;
    if (!absl::ConsumePrefix(&rest, kFormatStart) || !absl::SimpleAtoi(rest, &format)) {
      return Refused(dir, "is not a Segue store: its FORMAT cannot be read");
    }
    if (format <= kFormat) return absl::OkStatus();
    return Refused(dir, absl::StrCat("was written by a newer Segue (format ", format,
                                     "; this one knows up to ", kFormat, ")"));
  }
  if (env_->FileExists(DbDir(dir) + "/CURRENT").ok()) {
    return Refused(dir, "holds data, but no readable FORMAT file says of what kind");
  }
  const std::string line = absl::StrCat(kFormatStart, kFormat, "\n");
  const auto written = WriteSmallFile(env_, dir, "FORMAT", line);
  if (written.ok()) return absl::OkStatus();
  if (written.IsNoSpace()) return ToStatus(written, absl::StrCat("writing ", path));
  return Refused(dir, absl::StrCat("is not writable: ", written.ToString()));
}

// How the log is recovered. RocksDB drops what follows damage as it opens; so whether acknowledged
// commits are among that is looked at before. None of its modes sees that a log has lost whole
// records at its end; its track_and_verify_wals_in_manifest does not either, for the newest file,
// and may miss a file in 7.8 that was rightly deleted (facebook/rocksdb#10892).
absl::StatusOr<::rocksdb::WALRecoveryMode> Database::RecoveryMode(
    const DatabaseOptions& options) const {
  using Mode = ::rocksdb::WALRecoveryMode;
  if (options.loss == Loss::kAccepted) return Mode::kPointInTimeRecovery;
  const auto synced = SyncedMark::Read(env_, options.dir);
  if (!synced.ok()) return synced.status();
  // Nothing says what was synced: damage but for an end that is cut short is refused.
  if (!synced->has_value()) return Mode::kTolerateCorruptedTailRecords;
  if (absl::Status status = CheckSynced(env_, options.dir, **synced); !status.ok()) return status;
  // A crash leaves behind what was synced an end of any content; it goes.
  return Mode::kPointInTimeRecovery;
}

absl::Status Database::OpenDb(const DatabaseOptions& options) {
  const auto mode = RecoveryMode(options);
  if (!mode.ok()) return mode.status();
  ::rocksdb::DBOptions db_options = MakeDbOptions(env_);
  db_options.wal_recovery_mode = *mode;
  std::vector<::rocksdb::ColumnFamilyHandle*> handles;
  ::rocksdb::DB* db = nullptr;
  std::vector<::rocksdb::ColumnFamilyDescriptor> families = MakeFamilies(options.block_cache_bytes);
  if (options.memtable_bytes_max > 0) LimitMemtables(options.memtable_bytes_max, families);
  const auto opened = ::rocksdb::DB::Open(db_options, DbDir(options.dir), families, &handles, &db);
  if (!opened.ok()) return ToStatus(opened, absl::StrCat("opening the store '", options.dir, "'"));
  db_.reset(db);
  std::copy(handles.begin(), handles.end(), handles_.begin());
  return absl::OkStatus();
}

// All that was recovered stands in data files by now: what was said of the log before is over.
absl::Status Database::OpenMark(const DatabaseOptions& options) {
  if (options.sync == Sync::kNever) {
    env_->DeleteFile(options.dir + "/" + SyncedMark::kFileName).PermitUncheckedError();
    return absl::OkStatus();
  }
  auto mark = SyncedMark::Open(env_, options.dir);
  if (!mark.ok()) return mark.status();
  mark_ = *std::move(mark);
  MarkSynced();
  return absl::OkStatus();
}

void Database::MarkSynced() const {
  std::unique_ptr<::rocksdb::LogFile> log;
  if (!db_->GetCurrentWalFile(&log).ok()) return;
  mark_->Set({.file = log->LogNumber(), .bytes = log->SizeFileBytes()});
}

}  // namespace segue::store::rocks

#include "tests/conformance/store_fault_env.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace segue::store {
namespace {

using ::rocksdb::Status;

// RocksDB names the threads of its two pools: "rocksdb:high" flushes, "rocksdb:low" compacts.
std::string ThreadName() {
  char name[16] = {};
  pthread_getname_np(pthread_self(), name, sizeof(name));
  return name;
}

}  // namespace

std::string NameOf(Work work) {
  switch (work) {
    case Work::kOpen:
      return "open";
    case Work::kCommit:
      return "commit";
    case Work::kLogSwitch:
      return "log-switch";
    case Work::kFlush:
      return "flush";
    case Work::kCompaction:
      return "compaction";
  }
}

// A file that grows: the log, a data file, a manifest.
class FaultEnv::File final : public ::rocksdb::WritableFileWrapper {
 public:
  File(FaultEnv* env, std::string path, std::unique_ptr<::rocksdb::WritableFile> real)
      : WritableFileWrapper(real.get()),
        env_(env),
        path_(std::move(path)),
        real_(std::move(real)) {}

  Status Append(const ::rocksdb::Slice& data) override {
    if (env_->full) return Status::NoSpace("the test's disk is full");
    const auto append = [this](const ::rocksdb::Slice& part) { return real_->Append(part); };
    return env_->Do(
        Operation::kAppend, path_, [&] { return append(data); },
        [&] { return append({data.data(), data.size() / 2}); });
  }
  Status Append(const ::rocksdb::Slice& data, const ::rocksdb::DataVerificationInfo&) override {
    return Append(data);
  }
  Status Truncate(uint64_t size) override {
    return env_->Do(Operation::kTruncate, path_, [&] { return real_->Truncate(size); });
  }
  Status Sync() override {
    return env_->Do(Operation::kSync, path_, [&] { return real_->Sync(); });
  }
  Status Fsync() override {
    return env_->Do(Operation::kSync, path_, [&] { return real_->Fsync(); });
  }
  Status Close() override {
    return env_->Do(Operation::kClose, path_, [&] { return real_->Close(); });
  }

 private:
  FaultEnv* const env_;
  const std::string path_;
  const std::unique_ptr<::rocksdb::WritableFile> real_;
};

// A file that is overwritten in place: SYNCED, smaller than a sector, so never halfway.
class FaultEnv::UpdatedFile final : public ::rocksdb::RandomRWFileWrapper {
 public:
  UpdatedFile(FaultEnv* env, std::string path, std::unique_ptr<::rocksdb::RandomRWFile> real)
      : RandomRWFileWrapper(real.get()),
        env_(env),
        path_(std::move(path)),
        real_(std::move(real)) {}

  Status Write(uint64_t offset, const ::rocksdb::Slice& data) override {
    return env_->Do(Operation::kWrite, path_, [&] { return real_->Write(offset, data); });
  }

 private:
  FaultEnv* const env_;
  const std::string path_;
  const std::unique_ptr<::rocksdb::RandomRWFile> real_;
};

class FaultEnv::SyncedDirectory final : public ::rocksdb::DirectoryWrapper {
 public:
  SyncedDirectory(FaultEnv* env, std::string path, std::unique_ptr<::rocksdb::Directory> real)
      : DirectoryWrapper(real.get()), env_(env), path_(std::move(path)), real_(std::move(real)) {}

  Status Fsync() override {
    return env_->Do(Operation::kSync, path_, [&] { return real_->Fsync(); });
  }

 private:
  FaultEnv* const env_;
  const std::string path_;
  const std::unique_ptr<::rocksdb::Directory> real_;
};

void FaultEnv::DieAt(const Death& death, std::function<void(const std::string&)> last_words) {
  death_ = death;
  last_words_ = std::move(last_words);
}

Status FaultEnv::NewWritableFile(const std::string& path,
                                 std::unique_ptr<::rocksdb::WritableFile>* file,
                                 const ::rocksdb::EnvOptions& options) {
  std::unique_ptr<::rocksdb::WritableFile> real;
  const Status made =
      Do(Operation::kCreate, path, [&] { return target()->NewWritableFile(path, &real, options); });
  if (made.ok()) *file = std::make_unique<File>(this, path, std::move(real));
  return made;
}

Status FaultEnv::NewRandomRWFile(const std::string& path,
                                 std::unique_ptr<::rocksdb::RandomRWFile>* file,
                                 const ::rocksdb::EnvOptions& options) {
  std::unique_ptr<::rocksdb::RandomRWFile> real;
  const Status made = target()->NewRandomRWFile(path, &real, options);
  if (made.ok()) *file = std::make_unique<UpdatedFile>(this, path, std::move(real));
  return made;
}

Status FaultEnv::NewDirectory(const std::string& path,
                              std::unique_ptr<::rocksdb::Directory>* directory) {
  std::unique_ptr<::rocksdb::Directory> real;
  const Status made = target()->NewDirectory(path, &real);
  if (made.ok()) *directory = std::make_unique<SyncedDirectory>(this, path, std::move(real));
  return made;
}

Status FaultEnv::CreateDirIfMissing(const std::string& path) {
  return Do(Operation::kCreate, path, [&] { return target()->CreateDirIfMissing(path); });
}

Status FaultEnv::DeleteFile(const std::string& path) {
  return Do(Operation::kRemove, path, [&] { return target()->DeleteFile(path); });
}

Status FaultEnv::RenameFile(const std::string& from, const std::string& to) {
  return Do(Operation::kRename, to, [&] { return target()->RenameFile(from, to); });
}

Status FaultEnv::Do(Operation operation, const std::string& path, Act whole) {
  return Do(operation, path, whole, [] { return Status::OK(); });
}

Status FaultEnv::Do(Operation operation, const std::string& path, Act whole, Act half) {
  const Work work = WorkOf(operation, path);
  const int64_t number = ++counts_[static_cast<size_t>(work)];
  if (!death_ || death_->work != work || death_->at != number) return whole();
  switch (death_->moment) {
    case Death::Moment::kBefore:
      break;
    case Death::Moment::kHalfway:
      half().PermitUncheckedError();
      break;
    case Death::Moment::kAfter:
      whole().PermitUncheckedError();
      break;
  }
  Die(operation, path);
}

Work FaultEnv::WorkOf(Operation operation, const std::string& path) const {
  const std::string thread = ThreadName();
  if (absl::StartsWith(thread, "rocksdb:low")) return Work::kCompaction;
  if (!opened_) return Work::kOpen;
  const bool grows = operation == Operation::kAppend || operation == Operation::kSync;
  if (absl::EndsWith(path, ".log") && !grows) return Work::kLogSwitch;
  return absl::StartsWith(thread, "rocksdb:high") ? Work::kFlush : Work::kCommit;
}

void FaultEnv::Die(Operation operation, const std::string& path) const {
  static constexpr const char* kNames[] = {"append", "sync",  "truncate", "write",
                                           "create", "close", "rename",   "remove"};
  last_words_(absl::StrCat(kNames[static_cast<size_t>(operation)], " ",
                           std::filesystem::path(path).filename().string()));
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

}  // namespace segue::store

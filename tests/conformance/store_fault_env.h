#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "rocksdb/env.h"

// The machine's file system, with faults: a disk that is full, and a process that dies at a chosen
// operation on a file. A killed process loses nothing that it had handed to the kernel: whatever
// was appended stays, synced or not; what a crash of the machine would do is not modelled.

namespace segue::store {

// What RocksDB does as it touches a file.
enum class Work {
  kOpen,        // the store is being opened: recovers what was written before
  kCommit,      // appends to the log and syncs it, marks what is synced
  kLogSwitch,   // begins a log file, closes one, removes one that is not needed any more
  kFlush,       // writes what the log holds to a data file
  kCompaction,  // merges data files
};
inline constexpr std::array kWorks = {Work::kOpen, Work::kCommit, Work::kLogSwitch, Work::kFlush,
                                      Work::kCompaction};
std::string NameOf(Work work);

// At the `at`-th operation of that work, counted from 1.
struct Death {
  Work work = Work::kOpen;
  int64_t at = 0;
  enum class Moment { kBefore, kHalfway, kAfter } moment = Moment::kBefore;
};

// Counted are the operations that change something: appends, syncs, truncations, and files that are
// made, closed, renamed and removed. Only an append can be done halfway: with half its bytes.
//
// Threads: any; DieAt before any other call. Ownership: it outlives the store.
class FaultEnv final : public ::rocksdb::EnvWrapper {
 public:
  FaultEnv() : EnvWrapper(::rocksdb::Env::Default()) {}
  const char* Name() const override { return "FaultEnv"; }

  // Kills this process there (SIGKILL). `last_words` is told before what it dies at: "append
  // 000012.sst".
  void DieAt(const Death& death, std::function<void(const std::string&)> last_words);
  // From here on the work is not kOpen any more.
  void SetOpened() { opened_ = true; }
  int64_t count(Work work) const { return counts_[static_cast<size_t>(work)]; }

  std::atomic<bool> full = false;  // nothing can be appended to any file

  ::rocksdb::Status NewWritableFile(const std::string& path,
                                    std::unique_ptr<::rocksdb::WritableFile>* file,
                                    const ::rocksdb::EnvOptions& options) override;
  ::rocksdb::Status NewRandomRWFile(const std::string& path,
                                    std::unique_ptr<::rocksdb::RandomRWFile>* file,
                                    const ::rocksdb::EnvOptions& options) override;
  ::rocksdb::Status NewDirectory(const std::string& path,
                                 std::unique_ptr<::rocksdb::Directory>* directory) override;
  ::rocksdb::Status CreateDirIfMissing(const std::string& path) override;
  ::rocksdb::Status DeleteFile(const std::string& path) override;
  ::rocksdb::Status RenameFile(const std::string& from, const std::string& to) override;

 private:
  class File;
  class UpdatedFile;
  class SyncedDirectory;

  enum class Operation { kAppend, kSync, kTruncate, kWrite, kCreate, kClose, kRename, kRemove };
  using Act = absl::FunctionRef<::rocksdb::Status()>;

  // Does it, or dies. `half`: what may be done of it.
  ::rocksdb::Status Do(Operation operation, const std::string& path, Act whole, Act half);
  ::rocksdb::Status Do(Operation operation, const std::string& path, Act whole);
  Work WorkOf(Operation operation, const std::string& path) const;
  [[noreturn]] void Die(Operation operation, const std::string& path) const;

  std::optional<Death> death_;
  std::function<void(const std::string&)> last_words_;
  std::atomic<bool> opened_ = false;
  std::array<std::atomic<int64_t>, kWorks.size()> counts_ = {};
};

}  // namespace segue::store

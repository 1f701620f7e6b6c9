// A disk that fills up and is freed again.

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "rocksdb/env.h"
#include "server/store/rocksdb/rocksdb_store.h"
#include "tests/conformance/store_suite.h"

namespace segue::store {
namespace {

// The machine's file system, until `full`: then nothing can be appended to any file.
class FillingEnv final : public ::rocksdb::EnvWrapper {
 public:
  FillingEnv() : EnvWrapper(::rocksdb::Env::Default()) {}
  const char* Name() const override { return "FillingEnv"; }

  ::rocksdb::Status NewWritableFile(const std::string& path,
                                    std::unique_ptr<::rocksdb::WritableFile>* file,
                                    const ::rocksdb::EnvOptions& options) override {
    std::unique_ptr<::rocksdb::WritableFile> real;
    const auto made = target()->NewWritableFile(path, &real, options);
    if (made.ok()) file->reset(new File(this, std::move(real)));
    return made;
  }

  std::atomic<bool> full = false;

 private:
  class File final : public ::rocksdb::WritableFileWrapper {
   public:
    File(FillingEnv* env, std::unique_ptr<::rocksdb::WritableFile> real)
        : WritableFileWrapper(real.get()), env_(env), real_(std::move(real)) {}
    using WritableFileWrapper::Append;
    ::rocksdb::Status Append(const ::rocksdb::Slice& data) override {
      if (env_->full) return ::rocksdb::Status::NoSpace("the test's disk is full");
      return real_->Append(data);
    }

   private:
    FillingEnv* const env_;
    const std::unique_ptr<::rocksdb::WritableFile> real_;
  };
};

TEST(RocksDbFault, AFullDiskRefusesCommitsUntilThereIsRoom) {
  FillingEnv env;
  StoreDriver driver({.name = "rocksdb", .open = [&env](const std::string& dir) {
                        return absl::StatusOr<std::unique_ptr<Store>>(
                            RocksDbStore::Open({.dir = dir + "/data", .env = &env}));
                      }});
  ASSERT_TRUE(driver.Commit({Started("before")}).ok());
  env.full = true;
  for (const char* id : {"full-1", "full-2", "full-3"}) {
    const absl::Status refused = driver.Commit({Started(id)});
    EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  }
  EXPECT_TRUE(driver.Get(driver.Load("before")).has_value());
  env.full = false;
  const absl::Status freed = driver.Commit({Started("after")});
  EXPECT_TRUE(freed.ok()) << freed;
  driver.Close();
  ASSERT_TRUE(driver.Open().ok());
  EXPECT_TRUE(driver.Get(driver.Load("before")).has_value());
  EXPECT_TRUE(driver.Get(driver.Load("after")).has_value());
  EXPECT_FALSE(driver.Get(driver.Load("full-2")).has_value());
}

}  // namespace
}  // namespace segue::store

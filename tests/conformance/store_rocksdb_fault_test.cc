// A disk that fills up and is freed again; processes that die while they write.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

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

// A store that stays where it is.
StoreFactory In(const std::string& dir) {
  return {.name = "rocksdb", .open = [dir](const std::string&) {
            return absl::StatusOr<std::unique_ptr<Store>>(RocksDbStore::Open({.dir = dir}));
          }};
}

// Commits "<life>-0", "<life>-1", ... until it is killed, and writes a byte to `acknowledged` after
// each. Now and then a large one, so that files are changed and merged meanwhile.
[[noreturn]] void CommitUntilKilled(const std::string& dir, const std::string& life,
                                    int acknowledged) {
  StoreDriver driver(In(dir));
  for (int number = 0;; ++number) {
    ExecutionWrite write = Started(life + "-" + std::to_string(number));
    if (number % 10 == 9) write.record = std::string(200'000, 'x');
    if (!driver.Commit({write}).ok() || ::write(acknowledged, "x", 1) != 1) ::_exit(1);
  }
}

// What was acknowledged is there, in all lives since; the one commit that was under way may be.
TEST(RocksDbFault, AProcessThatIsKilledLosesNothingAcknowledged) {
  constexpr int kLives = 12;
  const TestDir place;
  const std::string dir = place.path() + "/data";
  std::minstd_rand dice(7);
  std::vector<int> counts;
  for (int life = 0; life < kLives; ++life) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) CommitUntilKilled(dir, std::to_string(life), ends[1]);
    ::close(ends[1]);
    // At any moment: also before the first, while the store is opened.
    const int wanted = static_cast<int>(dice() % 60);
    int count = 0;
    char byte = 0;
    while (count < wanted && ::read(ends[0], &byte, 1) == 1) ++count;
    ::kill(child, SIGKILL);
    while (::read(ends[0], &byte, 1) == 1) ++count;
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    counts.push_back(count);
  }
  StoreDriver driver(In(dir));
  size_t found = 0;
  for (int life = 0; life < kLives; ++life) {
    for (int number = 0; number < counts[static_cast<size_t>(life)] + 2; ++number) {
      const std::string id = std::to_string(life) + "-" + std::to_string(number);
      const bool there = driver.Get(driver.Load(id)).has_value();
      EXPECT_TRUE(there || number >= counts[static_cast<size_t>(life)]) << id << " is lost";
      found += there ? 1 : 0;
    }
  }
  EXPECT_EQ(driver.Get(driver.List({.limit = 10'000})).size(), found);
}

}  // namespace
}  // namespace segue::store

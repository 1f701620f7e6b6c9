#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "server/base/check.h"
#include "server/store/rocksdb/rocksdb_store.h"
#include "tests/conformance/store_suite.h"

namespace segue::store {
namespace {

using ::testing::HasSubstr;

StoreFactory Factory(RocksDbOptions::Sync sync) {
  return {.name = "rocksdb", .open = [sync](const std::string& dir) {
            return absl::StatusOr<std::unique_ptr<Store>>(RocksDbStore::Open(
                {.dir = dir + "/data", .block_cache_bytes = 8 << 20, .sync = sync}));
          }};
}

INSTANTIATE_TEST_SUITE_P(RocksDb, StoreSuite,
                         ::testing::Values(Factory(RocksDbOptions::Sync::kNever)));

absl::Status Open(const std::string& dir) { return RocksDbStore::Open({.dir = dir}).status(); }

void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The files of a directory with an extension, and something in them.
std::vector<std::string> FilesOf(const std::string& dir, const std::string& extension) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(dir)) {
    if (entry.path().extension() == extension && entry.file_size() > 0) {
      paths.push_back(entry.path());
    }
  }
  return paths;
}

class RocksDbDirectory : public ::testing::Test {
 protected:
  const TestDir parent_;
  const std::string dir_ = parent_.path() + "/data";
};

TEST_F(RocksDbDirectory, RefusesASecondOpen) {
  const auto first = RocksDbStore::Open({.dir = dir_});
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status second = Open(dir_);
  EXPECT_TRUE(absl::IsFailedPrecondition(second)) << second;
  EXPECT_THAT(std::string(second.message()), HasSubstr("in use by another process"));
  // Trying did not release the lock.
  EXPECT_TRUE(absl::IsFailedPrecondition(Open(dir_)));
}

TEST_F(RocksDbDirectory, RefusesADirectoryLockedByAnotherProcess) {
  ASSERT_TRUE(Open(dir_).ok());
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const int lock = open((dir_ + "/LOCK").c_str(), O_RDWR);
    struct flock whole = {};
    whole.l_type = F_WRLCK;
    if (fcntl(lock, F_SETLK, &whole) == 0 && write(ready[1], "x", 1) == 1) pause();
    _exit(1);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  const absl::Status refused = Open(dir_);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("in use by another process"));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
  EXPECT_TRUE(Open(dir_).ok());
}

TEST_F(RocksDbDirectory, RefusesWhatItCannotWrite) {
  for (const char* dir : {"/proc/segue-store", "/proc"}) {
    const absl::Status refused = Open(dir);
    EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
    EXPECT_THAT(std::string(refused.message()), HasSubstr(dir));
  }
  WriteFile(dir_, "a file");
  EXPECT_TRUE(absl::IsFailedPrecondition(Open(dir_)));
}

TEST_F(RocksDbDirectory, RefusesANewerFormat) {
  ASSERT_TRUE(Open(dir_).ok());
  EXPECT_EQ(ReadFile(dir_ + "/FORMAT"), "segue store format 1\n");
  WriteFile(dir_ + "/FORMAT", "segue store format 2\n");
  const absl::Status newer = Open(dir_);
  EXPECT_TRUE(absl::IsFailedPrecondition(newer)) << newer;
  EXPECT_THAT(std::string(newer.message()), HasSubstr("newer Segue (format 2"));
  WriteFile(dir_ + "/FORMAT", "something else");
  EXPECT_TRUE(absl::IsFailedPrecondition(Open(dir_)));
  std::filesystem::remove(dir_ + "/FORMAT");
  EXPECT_TRUE(absl::IsFailedPrecondition(Open(dir_)));
  WriteFile(dir_ + "/FORMAT", "segue store format 1\n");
  EXPECT_TRUE(Open(dir_).ok());
}

class RocksDbDamage : public ::testing::Test {
 protected:
  RocksDbDamage() : driver_(Factory(RocksDbOptions::Sync::kNever)) {
    for (const char* id : {"first", "middle", "last"}) SEGUE_CHECK(Write(id).ok());
  }
  absl::Status Write(const std::string& id) {
    ExecutionWrite write = Started(id);
    write.record = std::string(1000, id[0]);
    return driver_.Commit({write});
  }
  std::string DbDir() const { return driver_.dir() + "/data/db"; }

  StoreDriver driver_;
};

// What is recovered from the log is written to data files, so that a second start reads those.
TEST_F(RocksDbDamage, ADamagedDataFileIsDataLoss) {
  driver_.Close();
  ASSERT_TRUE(driver_.Open().ok());
  driver_.Close();
  const std::vector<std::string> files = FilesOf(DbDir(), ".sst");
  ASSERT_FALSE(files.empty());
  for (const std::string& path : files) {
    std::string bytes = ReadFile(path);
    bytes[12] = static_cast<char>(bytes[12] ^ 0x55);  // in the first data block
    WriteFile(path, bytes);
  }
  ASSERT_TRUE(!driver_.Open().ok() || !driver_.Load("first").ok());
  // Epochs are in the damaged files as well, so that Open reads them first. Either way it is named.
  const absl::Status opened = driver_.Open();
  EXPECT_TRUE(absl::IsDataLoss(opened)) << opened;
}

TEST_F(RocksDbDamage, ADamagedRecordIsDataLossAndNamed) {
  driver_.Close();
  ASSERT_TRUE(driver_.Open().ok());
  driver_.Close();
  for (const std::string& path : FilesOf(DbDir(), ".sst")) {
    std::string bytes = ReadFile(path);
    // The records' and the history's files, told by what the fixture wrote.
    if (bytes.find("first") == std::string::npos || bytes.find("root") == std::string::npos) {
      continue;
    }
    bytes[12] = static_cast<char>(bytes[12] ^ 0x55);
    WriteFile(path, bytes);
  }
  ASSERT_TRUE(driver_.Open().ok());
  const auto loaded = driver_.Load("first");
  EXPECT_TRUE(absl::IsDataLoss(loaded.status())) << loaded.status();
  EXPECT_THAT(std::string(loaded.status().message()), HasSubstr("first"));
  const auto listed = driver_.List({});
  EXPECT_TRUE(absl::IsDataLoss(listed.status())) << listed.status();
}

TEST_F(RocksDbDamage, ADamagedLogIsDataLossNotSilence) {
  driver_.Close();
  const std::vector<std::string> logs = FilesOf(DbDir(), ".log");
  ASSERT_EQ(logs.size(), 1u);
  std::string bytes = ReadFile(logs[0]);
  const size_t at = bytes.find(std::string(100, 'm'));  // acknowledged commits stand after it
  ASSERT_NE(at, std::string::npos);
  bytes[at] = 'x';
  WriteFile(logs[0], bytes);
  const absl::Status opened = driver_.Open();
  EXPECT_TRUE(absl::IsDataLoss(opened)) << opened;
}

TEST_F(RocksDbDamage, ALogCutShortLosesOnlyWhatWasNotSynced) {
  driver_.Close();
  const std::vector<std::string> logs = FilesOf(DbDir(), ".log");
  ASSERT_EQ(logs.size(), 1u);
  std::filesystem::resize_file(logs[0], std::filesystem::file_size(logs[0]) - 3);
  ASSERT_TRUE(driver_.Open().ok());
  EXPECT_TRUE(driver_.Get(driver_.Load("first")).has_value());
  EXPECT_TRUE(driver_.Get(driver_.Load("middle")).has_value());
  EXPECT_FALSE(driver_.Get(driver_.Load("last")).has_value());
  EXPECT_EQ(driver_.Get(driver_.List({})).size(), 2u);
  EXPECT_TRUE(Write("last").ok());
}

// Many batches that wait become few synced writes.
TEST(RocksDbStore, MergesBatchesThatWait) {
  const TestDir dir;
  auto store = RocksDbStore::Open({.dir = dir.path() + "/data"});
  ASSERT_TRUE(store.ok());
  const auto fence = (*store)->Acquire({}, "test");
  ::segue::testing::ManualExecutor executor;
  int answered = 0;
  for (const std::string& id : IdsIn(std::nullopt, 300)) {
    (*store)->Commit({.fence = *fence, .executions = {Started(id)}}, executor,
                     [&answered](absl::Status status) { answered += status.ok() ? 1 : 0; });
  }
  ASSERT_TRUE(executor.RunUntil([&answered] { return answered == 300; }));
  const RocksDbStats stats = (*store)->stats();
  EXPECT_EQ(stats.commits, 300u);
  EXPECT_LT(stats.groups, 150u);
  EXPECT_GT(stats.commit_bytes, 300u * 100);
  EXPECT_GE(stats.wal_bytes, stats.commit_bytes);
}

}  // namespace
}  // namespace segue::store

// What becomes of a store whose log was cut or garbled after its process was killed.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "server/store/rocksdb/rocksdb_store.h"
#include "tests/conformance/store_suite.h"

namespace segue::store {
namespace {

namespace fs = std::filesystem;

StoreFactory In(const fs::path& dir, RocksDbOptions::Loss loss = RocksDbOptions::Loss::kRefused) {
  return {.name = "rocksdb", .open = [dir, loss](const std::string&) {
            return absl::StatusOr<std::unique_ptr<Store>>(
                RocksDbStore::Open({.dir = dir.string(), .loss = loss}));
          }};
}

absl::Status OpenStatus(const fs::path& dir) {
  return RocksDbStore::Open({.dir = dir.string()}).status();
}

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void WriteFile(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

// The files of RocksDB's log, the oldest first.
std::vector<fs::path> LogFiles(const fs::path& dir) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(dir / "db")) {
    if (entry.path().extension() == ".log") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::string IdOf(int number) { return "e-" + std::to_string(number); }

// A store that holds `kCommits` executions, as a kill would leave it: copied while it is open.
class KilledStore {
 public:
  static constexpr int kCommits = 20;

  KilledStore() {
    const fs::path live = place_.path() + "/live";
    StoreDriver driver(In(live));
    Note(live);
    for (int number = 0; number < kCommits; ++number) {
      ExecutionWrite write = Started(IdOf(number));
      write.record = std::string(1 + dice_() % 20'000, 'r');
      EXPECT_TRUE(driver.Commit({write}).ok());
      Note(live);
    }
    fs::copy(live, killed(), fs::copy_options::recursive);
  }

  // After so many commits: how long the log was, and what SYNCED said.
  uintmax_t log_bytes(int commits) const { return notes_[static_cast<size_t>(commits)].first; }
  const std::string& synced(int commits) const {
    return notes_[static_cast<size_t>(commits)].second;
  }

  // A copy to be damaged.
  fs::path Copy() {
    const fs::path copy = place_.path() + "/copy-" + std::to_string(++copies_);
    fs::copy(killed(), copy, fs::copy_options::recursive);
    return copy;
  }

  // In [from, to).
  uintmax_t Between(uintmax_t from, uintmax_t to) { return from + dice_() % (to - from); }

 private:
  fs::path killed() const { return place_.path() + "/killed"; }

  void Note(const fs::path& dir) {
    notes_.emplace_back(fs::file_size(LogFiles(dir).back()), ReadFile(dir / "SYNCED"));
  }

  const TestDir place_;
  std::minstd_rand dice_{11};
  std::vector<std::pair<uintmax_t, std::string>> notes_;
  int copies_ = 0;
};

// How many of the executions are there; those that are must be the first.
int Present(StoreDriver& driver) {
  int present = 0;
  while (driver.Get(driver.Load(IdOf(present))).has_value()) ++present;
  EXPECT_EQ(driver.Get(driver.List({.limit = 1000})).size(), static_cast<size_t>(present));
  return present;
}

void Garble(const fs::path& path, uintmax_t begin, uintmax_t end, std::minstd_rand& dice) {
  std::string text = ReadFile(path);
  for (uintmax_t at = begin; at < end; ++at) text[at] = static_cast<char>(dice());
  WriteFile(path, text);
}

void Flip(const fs::path& path, uintmax_t at) {
  std::string text = ReadFile(path);
  text[at] = static_cast<char>(~text[at]);
  WriteFile(path, text);
}

void ExpectLoss(const absl::Status& status, const fs::path& dir) {
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              ::testing::HasSubstr("'" + dir.string() + "' has lost what was acknowledged"));
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("segued --accept-loss"));
}

TEST(RocksDbLog, ATailThatWasNotSyncedMayBeCutAnywhere) {
  KilledStore store;
  for (int round = 0; round < 12; ++round) {
    const int commits = static_cast<int>(store.Between(0, KilledStore::kCommits));
    const fs::path dir = store.Copy();
    // The commit after it was being written.
    const uintmax_t at = store.Between(store.log_bytes(commits), store.log_bytes(commits + 1));
    fs::resize_file(LogFiles(dir).back(), at);
    WriteFile(dir / "SYNCED", store.synced(commits));
    StoreDriver driver(In(dir));
    EXPECT_EQ(Present(driver), commits) << "cut at " << at;
    EXPECT_TRUE(driver.Commit({Started("more")}).ok());
    driver.Close();
    ASSERT_TRUE(driver.Open().ok());
    EXPECT_TRUE(driver.Get(driver.Load("more")).has_value());
  }
}

TEST(RocksDbLog, ATailThatWasNotSyncedMayHoldAnything) {
  KilledStore store;
  std::minstd_rand dice(3);
  for (int round = 0; round < 12; ++round) {
    const int commits = static_cast<int>(store.Between(0, KilledStore::kCommits));
    const fs::path dir = store.Copy();
    const fs::path log = LogFiles(dir).back();
    fs::resize_file(log, store.log_bytes(commits + 1));
    const uintmax_t begin = store.Between(store.log_bytes(commits), store.log_bytes(commits + 1));
    const uintmax_t end = store.Between(begin, store.log_bytes(commits + 1)) + 1;
    Garble(log, begin, end, dice);
    WriteFile(dir / "SYNCED", store.synced(commits));
    StoreDriver driver(In(dir));
    EXPECT_GE(Present(driver), commits) << "garbled from " << begin << " to " << end;
  }
}

TEST(RocksDbLog, ACutInWhatWasSyncedIsRefusedUntilSomebodyAcceptsTheLoss) {
  KilledStore store;
  for (int round = 0; round < 8; ++round) {
    const fs::path dir = store.Copy();
    const fs::path log = LogFiles(dir).back();
    const std::string whole = ReadFile(log);
    fs::resize_file(log, store.Between(0, whole.size()));
    ExpectLoss(OpenStatus(dir), dir);
    ExpectLoss(OpenStatus(dir), dir);  // and nothing was done about it meanwhile
    if (round % 2 == 0) {
      WriteFile(log, whole);
      StoreDriver restored(In(dir));
      EXPECT_EQ(Present(restored), KilledStore::kCommits);
    } else {
      StoreDriver accepted(In(dir, RocksDbOptions::Loss::kAccepted));
      EXPECT_LT(Present(accepted), KilledStore::kCommits);
      accepted.Close();
      EXPECT_TRUE(OpenStatus(dir).ok());  // it was accepted once and for all
    }
  }
}

TEST(RocksDbLog, AFlippedByteInWhatWasSyncedIsNeverPassedOverInSilence) {
  KilledStore store;
  int refused = 0;
  for (int round = 0; round < 12; ++round) {
    const fs::path dir = store.Copy();
    const fs::path log = LogFiles(dir).back();
    const uintmax_t at = store.Between(0, fs::file_size(log));
    Flip(log, at);
    const absl::Status status = OpenStatus(dir);
    if (!status.ok()) {
      ExpectLoss(status, dir);
      ++refused;
      continue;
    }
    StoreDriver driver(In(dir));  // a byte that means nothing, between two blocks
    EXPECT_EQ(Present(driver), KilledStore::kCommits) << "flipped at " << at;
  }
  EXPECT_GT(refused, 8);
}

TEST(RocksDbLog, DamageToAnOlderFileOfTheLogIsSeenAsWell) {
  const TestDir place;
  const fs::path live = place.path() + "/live";
  const fs::path dir = place.path() + "/killed";
  {
    StoreDriver driver(In(live));
    // The documents' family has the smallest memory: it is written to a file while the executions
    // stay in the log, and a new log file is begun.
    for (int number = 0; LogFiles(live).size() < 2; ++number) {
      const DocumentWrite document{.collection = "big",
                                   .key = std::to_string(number),
                                   .record = std::string(size_t{1} << 20, 'd')};
      ASSERT_TRUE(driver.Commit({Started(IdOf(number))}, {document}).ok());
      ASSERT_LT(number, 100) << "the log is never changed";
    }
    ASSERT_TRUE(driver.Commit({Started("last")}).ok());
    fs::copy(live, dir, fs::copy_options::recursive);
  }
  const fs::path oldest = LogFiles(dir).front();
  fs::resize_file(oldest, fs::file_size(oldest) / 2);
  EXPECT_TRUE(absl::IsDataLoss(OpenStatus(dir)));
  EXPECT_TRUE(absl::IsDataLoss(OpenStatus(dir)));
}

TEST(RocksDbLog, AStoreWithoutItsDataIsNotTakenForANewOne) {
  KilledStore store;
  const fs::path dir = store.Copy();
  fs::remove_all(dir / "db");
  ExpectLoss(OpenStatus(dir), dir);
}

TEST(RocksDbLog, ADamagedMarkIsNamed) {
  KilledStore store;
  for (const std::string& text : {std::string(), std::string("x"), std::string(345, '0')}) {
    const fs::path dir = store.Copy();
    WriteFile(dir / "SYNCED", text);
    const absl::Status status = OpenStatus(dir);
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("SYNCED is damaged"));
    StoreDriver driver(In(dir, RocksDbOptions::Loss::kAccepted));
    EXPECT_EQ(Present(driver), KilledStore::kCommits);
  }
}

}  // namespace
}  // namespace segue::store

// Processes that are killed at operations on files, one after another over one store, each at work
// on what the last one left. SEGUE_STORE_LIVES (40) says how many, SEGUE_STORE_SEED (7) where they
// die.

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "server/base/check.h"
#include "server/base/random.h"
#include "server/store/memory/memory_store.h"
#include "server/store/rocksdb/rocksdb_store.h"
#include "tests/conformance/store_crash_load.h"
#include "tests/conformance/store_fault_env.h"

namespace segue::store {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

int FromEnvironment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  int value = otherwise;
  EXPECT_TRUE(text == nullptr || absl::SimpleAtoi(text, &value)) << name << " is no number";
  return value;
}

// Somewhat less than a life has of that work, so that most of the deaths that are drawn happen.
int OperationsOf(Work work) {
  switch (work) {
    case Work::kOpen:
      return 75;
    case Work::kCommit:
      return 230;
    case Work::kLogSwitch:
      return 22;
    case Work::kFlush:
      return 85;
    case Work::kCompaction:
      return 34;
  }
}

// What a process said before its end.
struct Life {
  int acknowledged = 0;
  uint64_t epoch = 0;
  std::string last_words;
  int status = 0;  // as wait() tells it

  bool WasKilled() const { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }
};

Life RunVictim(const std::string& dir, int life, const Death& death) {
  const std::string command = absl::StrCat("exec ", SEGUE_STORE_VICTIM, " ", dir, " ", life, " ",
                                           static_cast<int>(death.work), " ", death.at, " ",
                                           static_cast<int>(death.moment));
  FILE* said = ::popen(command.c_str(), "r");
  SEGUE_CHECK(said != nullptr);
  Life result;
  std::array<char, 200> buffer;
  while (std::fgets(buffer.data(), buffer.size(), said) != nullptr) {
    absl::string_view line = absl::StripSuffix(buffer.data(), "\n");
    result.last_words = std::string(line);
    if (absl::ConsumePrefix(&line, "epoch ")) {
      EXPECT_TRUE(absl::SimpleAtoi(line, &result.epoch));
    } else if (absl::ConsumePrefix(&line, "acknowledged ")) {
      EXPECT_TRUE(absl::SimpleAtoi(line, &result.acknowledged));
    }
  }
  result.status = ::pclose(said);
  return result;
}

std::set<std::string> Minus(const std::set<std::string>& lines, const std::set<std::string>& less) {
  std::set<std::string> rest;
  std::ranges::set_difference(lines, less, std::inserter(rest, rest.end()));
  return rest;
}

class RocksDbCrash : public ::testing::Test {
 protected:
  // Lives once, and looks at a copy of what it leaves: the next life opens that as it is.
  void LiveOnce(int life, const Death& death) {
    const Life lived = RunVictim(live_, life, death);
    ASSERT_TRUE(lived.WasKilled() || lived.status == 0) << lived.status << lived.last_words;
    if (lived.WasKilled()) ++deaths_[NameOf(death.work)];
    epoch_ = std::max(epoch_, lived.epoch);
    const std::string copy = place_.path() + "/copy";
    fs::remove_all(copy);
    if (!fs::exists(live_)) return;  // it was to make the directory
    fs::copy(live_, copy, fs::copy_options::recursive);
    auto opened = RocksDbStore::Open({.dir = copy});
    ASSERT_TRUE(opened.ok()) << opened.status() << " after " << lived.last_words;
    StoreDriver store({.name = "copy", .open = [&opened](const std::string&) {
                         return absl::StatusOr<std::unique_ptr<Store>>(*std::move(opened));
                       }});
    CheckFence(store, life);
    CheckContents(store, life, lived);
  }

  void CheckFence(StoreDriver& store, int life) {
    EXPECT_GT(store.fence().epoch, epoch_);
    const Fence stale{.epoch = store.fence().epoch - 1};
    const absl::Status refused = store.Commit(BatchOf(life, 0, stale));
    EXPECT_TRUE(absl::IsAborted(refused)) << refused;
  }

  // The store holds what a simple one holds, that was given as many of the batches.
  void CheckContents(StoreDriver& store, int life, const Life& lived) {
    const absl::StatusOr<int> landed = Landed(store, life);
    ASSERT_TRUE(landed.ok()) << landed.status();
    EXPECT_GE(*landed, lived.acknowledged);
    EXPECT_LE(*landed, lived.acknowledged + kBatchesUnderWay);
    for (int number = 0; number < *landed; ++number) {
      ASSERT_TRUE(model_.Commit(BatchOf(life, number, model_.fence())).ok());
    }
    const std::set<std::string> found = Contents(store, life);
    const std::set<std::string> expected = Contents(model_, life);
    EXPECT_THAT(Minus(expected, found), IsEmpty()) << "is missing after " << lived.last_words;
    EXPECT_THAT(Minus(found, expected), IsEmpty()) << "is too much after " << lived.last_words;
    batches_ += *landed;
  }

  const TestDir place_;
  const std::string live_ = place_.path() + "/live";
  StoreDriver model_{{.name = "model", .open = [](const std::string&) {
                        return absl::StatusOr<std::unique_ptr<Store>>(
                            std::make_unique<MemoryStore>());
                      }}};
  uint64_t epoch_ = 0;
  int batches_ = 0;
  std::map<std::string, int> deaths_;  // by what they were at
};

TEST_F(RocksDbCrash, AProcessKilledAtAFileOperationLosesNothingAcknowledged) {
  const int lives = FromEnvironment("SEGUE_STORE_LIVES", 40);
  const int seed = FromEnvironment("SEGUE_STORE_SEED", 7);
  Random dice(static_cast<uint64_t>(seed));
  for (int life = 0; life < lives && !HasFailure(); ++life) {
    const Work work = kWorks[static_cast<size_t>(life) % kWorks.size()];
    const Death death{.work = work,
                      .at = 1 + static_cast<int64_t>(dice.Below(OperationsOf(work))),
                      .moment = static_cast<Death::Moment>(dice.Below(3))};
    SCOPED_TRACE(absl::StrCat("SEGUE_STORE_SEED=", seed, " SEGUE_STORE_LIVES=", life + 1,
                              ", which dies at ", NameOf(work), " operation ", death.at,
                              ", moment ", static_cast<int>(death.moment)));
    LiveOnce(life, death);
  }
  std::string said = absl::StrCat("seed ", seed, ": ", lives, " lives, ", batches_, " batches");
  for (const auto& [work, deaths] : deaths_) {
    absl::StrAppend(&said, ", ", deaths, " deaths at ", work);
  }
  std::printf("%s\n", said.c_str());
  for (const Work work : kWorks) EXPECT_GE(deaths_[NameOf(work)], lives / 10) << NameOf(work);
}

}  // namespace
}  // namespace segue::store

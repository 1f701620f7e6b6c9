// A process that commits to a store in a directory until it dies where it is told to:
//   store_rocksdb_victim DIR LIFE WORK AT MOMENT
// (WORK and MOMENT as numbers: store_fault_env.h). It says on stdout, line by line, what is
// durable:
//   epoch E, once it owns the slots; acknowledged N, when N batches are;
//   died at OPERATION FILE; or lived, and how many operations of each work there were.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/store/rocksdb/rocksdb_store.h"
#include "tests/conformance/store_crash_load.h"
#include "tests/conformance/store_fault_env.h"

namespace segue::store {
namespace {

// In one write(): also as the last thing that a process does nothing of it is missing.
void Say(const std::string& what) {
  const std::string line = what + "\n";
  SEGUE_CHECK(::write(STDOUT_FILENO, line.data(), line.size()) == std::ssize(line));
}

void CommitAll(StoreDriver& driver, int life) {
  int sent = 0;
  int acknowledged = 0;
  while (acknowledged < kBatchesOfALife) {
    for (; sent < kBatchesOfALife && sent - acknowledged < kBatchesUnderWay; ++sent) {
      driver.store().Commit(BatchOf(life, sent, driver.fence()), driver.executor(),
                            [&acknowledged](const absl::Status& status) {
                              SEGUE_CHECK(status.ok());
                              Say(absl::StrCat("acknowledged ", ++acknowledged));
                            });
    }
    const int before = acknowledged;
    SEGUE_CHECK(driver.executor().RunUntil([&] { return acknowledged > before; }));
  }
}

void Live(const std::string& dir, int life, const Death& death) {
  FaultEnv env;
  env.DieAt(death, [](const std::string& what) { Say("died at " + what); });
  StoreDriver driver({.name = "rocksdb", .open = [&](const std::string&) {
                        auto opened = RocksDbStore::Open(
                            {.dir = dir, .memtable_bytes_max = 64 << 10, .env = &env});
                        env.SetOpened();
                        return absl::StatusOr<std::unique_ptr<Store>>(std::move(opened));
                      }});
  Say(absl::StrCat("epoch ", driver.fence().epoch));
  CommitAll(driver, life);
  driver.Close();
  std::string counts;
  for (const Work work : kWorks) absl::StrAppend(&counts, " ", NameOf(work), " ", env.count(work));
  Say("lived" + counts);
}

int Main(int argc, char** argv) {
  int numbers[4] = {};  // life, work, at, moment
  SEGUE_CHECK(argc == 6);
  for (int i = 0; i < 4; ++i) SEGUE_CHECK(absl::SimpleAtoi(argv[i + 2], &numbers[i]));
  const auto [life, work, at, moment] = numbers;
  Live(argv[1], life,
       {.work = static_cast<Work>(work), .at = at, .moment = static_cast<Death::Moment>(moment)});
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace segue::store

int main(int argc, char** argv) { return segue::store::Main(argc, argv); }

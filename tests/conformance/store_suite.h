#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/store.h"
#include "tests/support/manual_executor.h"

// What every store must do (server/store/store.h). A store joins by a test file that instantiates
// StoreSuite with its factory and is linked with the suite's sources (CMakeLists.txt).

namespace segue::store {

struct StoreFactory {
  std::string name;
  // Opens what `dir`, the test's own and empty at first, stands for.
  std::function<absl::StatusOr<std::unique_ptr<Store>>(const std::string& dir)> open;
  enum class Durability { kDurable, kGoneWhenClosed } durability = Durability::kDurable;

  friend void PrintTo(const StoreFactory& factory, std::ostream* out) { *out << factory.name; }
};

// A directory of its own under $TMPDIR, removed at the end.
class TestDir {
 public:
  TestDir();
  TestDir(const TestDir&) = delete;
  TestDir& operator=(const TestDir&) = delete;
  ~TestDir();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A store, a fence over all of its slots, and calls that wait.
class StoreDriver {
 public:
  explicit StoreDriver(StoreFactory factory);

  Store& store() { return *store_; }
  ::segue::testing::ManualExecutor& executor() { return executor_; }
  const Fence& fence() const { return fence_; }
  const std::string& dir() const { return dir_.path(); }

  void Close() { store_ = nullptr; }
  absl::Status Open();
  void Acquire();

  // Commits under `fence()`.
  absl::Status Commit(std::vector<ExecutionWrite> executions,
                      std::vector<DocumentWrite> documents = {});
  absl::Status Commit(Batch batch);

  absl::StatusOr<std::optional<StoredExecution>> Load(std::string_view id);
  absl::StatusOr<std::vector<WakeRow>> ScanWakes(Store::WakeQuery query);
  absl::StatusOr<std::vector<ListRow>> List(ListQuery query);
  absl::StatusOr<std::vector<StoredHistory>> History(HistoryQuery query);
  absl::StatusOr<std::vector<Store::ClosedRow>> ScanClosed(Store::ClosedQuery query);
  absl::StatusOr<std::optional<std::string>> Document(std::string_view collection,
                                                      std::string_view key);
  absl::StatusOr<std::vector<store::Document>> Documents(Store::DocumentQuery query);

  // The value; where there is none the test fails and gets an empty one.
  template <typename T>
  static T Get(absl::StatusOr<T> value) {
    EXPECT_TRUE(value.ok()) << value.status();
    return value.ok() ? *std::move(value) : T();
  }

 private:
  const StoreFactory factory_;
  const TestDir dir_;
  ::segue::testing::ManualExecutor executor_;
  std::unique_ptr<Store> store_;
  Fence fence_;
};

class StoreSuite : public ::testing::TestWithParam<StoreFactory> {
 protected:
  StoreSuite() : driver_(GetParam()) {}
  StoreDriver driver_;
};

// A time in seconds that tests can read.
absl::Time At(int64_t seconds);

// An execution as it starts: record "<id>:record", root branch 0, a wake at once, listed under
// `workflow`.
struct Start {
  std::string workflow = "order";
  absl::Time time = At(1000);
  int status = 1;
};
ExecutionWrite Started(std::string_view id, const Start& start = {});
// The same execution when it ends; a write that moves its index and drops its wake.
struct End {
  absl::Time time = At(2000);
  int status = 2;
};
ExecutionWrite Closed(std::string_view id, const End& end = {}, const Start& start = {});
// What retention does to it after that.
ExecutionWrite Removed(std::string_view id, const End& end = {}, const Start& start = {});

ExecutionWrite Waking(std::string_view id, std::optional<absl::Time> from,
                      std::optional<absl::Time> to);

// The ids of rows, to compare with.
template <typename Row>
std::vector<std::string> Ids(const std::vector<Row>& rows) {
  std::vector<std::string> ids;
  for (const Row& row : rows) ids.push_back(row.id.value());
  return ids;
}

// `count` ids of one slot, or of any where there is none given.
std::vector<std::string> IdsIn(std::optional<int> slot, int count);

}  // namespace segue::store

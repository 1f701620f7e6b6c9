#include "server/process/open_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "server/process/services.h"
#include "server/store/rocksdb/rocksdb_store.h"
#include "tests/support/manual_executor.h"

namespace segue::process {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class OpenStoreTest : public ::testing::Test {
 protected:
  ~OpenStoreTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }

  // As a server would have left it.
  void WriteBudget(const std::string& service, std::string record) {
    auto opened = store::RocksDbStore::Open({.dir = dir_});
    ASSERT_TRUE(opened.ok()) << opened.status();
    segue::testing::ManualExecutor executor;
    std::optional<absl::Status> written;
    store::Batch batch{
        .documents = {{.collection = kBudgets, .key = service, .record = std::move(record)}}};
    (*opened)->Commit(std::move(batch), executor,
                      [&written](absl::Status status) { written = std::move(status); });
    ASSERT_TRUE(executor.RunUntil([&written] { return written.has_value(); }));
    ASSERT_TRUE(written->ok()) << *written;
  }

  // The exit code and what it says.
  std::pair<int, std::string> Check() const {
    config::v1::Store config;
    config.mutable_rocksdb()->set_dir(dir_);
    ::testing::internal::CaptureStdout();
    const int code = CheckStored(config);
    return {code, ::testing::internal::GetCapturedStdout()};
  }

 private:
  const std::string dir_ = ::testing::TempDir() + "/segue-open-store-" + std::to_string(::getpid());
};

TEST_F(OpenStoreTest, TheCheckNamesBudgetsThatCannotBeRead) {
  WriteBudget("whole", EncodeOverride({.service = "whole"}).SerializeAsString());
  EXPECT_EQ(Check().first, 0);
  WriteBudget("broken", "\xFF no message");
  const auto [code, said] = Check();
  EXPECT_EQ(code, 1);
  EXPECT_THAT(said, HasSubstr("budget of service broken: "));
  EXPECT_THAT(said, HasSubstr("the configured budget holds"));
  EXPECT_THAT(said, Not(HasSubstr("whole")));
}

}  // namespace
}  // namespace segue::process

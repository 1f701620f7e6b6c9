#include "services/connector/objects/directory_store.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/manual_executor.h"

namespace segue::services {
namespace {

namespace fs = std::filesystem;

class DirectoryStoreTest : public ::testing::Test {
 protected:
  DirectoryStoreTest() : root_(fs::path(::testing::TempDir()) / "directory_store_test") {
    fs::remove_all(root_);
  }
  ~DirectoryStoreTest() override { fs::remove_all(root_); }

  absl::Status Put(ObjectStore& store, const std::string& key, const std::string& body) {
    return executor_.Wait(
        store.Put({.bucket = "b", .key = key}, body, executor_, async::CancelToken()));
  }
  absl::StatusOr<std::string> Get(ObjectStore& store, const std::string& key) {
    return executor_.Wait(store.Get({.bucket = "b", .key = key}, executor_, async::CancelToken()));
  }

  const fs::path root_;
  testing::ManualExecutor executor_;
};

TEST_F(DirectoryStoreTest, KeepsObjectsInFoldersThatItMakes) {
  const auto store = MakeDirectoryStore(root_);
  EXPECT_TRUE(absl::IsNotFound(Get(*store, "x/y/z.json").status()));
  for (const std::string body : {"first", "", "third"}) {
    ASSERT_TRUE(Put(*store, "x/y/z.json", body).ok());
    EXPECT_EQ(*Get(*store, "x/y/z.json"), body);
  }
  ASSERT_TRUE(Put(*store, "x/a", "1").ok());
  const auto page =
      executor_.Wait(store->List({.bucket = "b", .prefix = "x/"}, executor_, async::CancelToken()));
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->objects.size(), 2u);
  EXPECT_EQ(page->objects[0].key, "x/a");
  EXPECT_EQ(page->objects[1].size, 5);
}

TEST_F(DirectoryStoreTest, TakesAPathFromTheWorkingDirectory) {
  const auto store = MakeDirectoryStore(fs::relative(root_));
  ASSERT_TRUE(Put(*store, "k", "v").ok());
  EXPECT_EQ(*Get(*store, "k"), "v");
}

TEST_F(DirectoryStoreTest, SaysWhatItCannotWrite) {
  const auto store = MakeDirectoryStore(root_);
  ASSERT_TRUE(Put(*store, "file", "").ok());
  EXPECT_TRUE(absl::IsUnavailable(Put(*store, "file/below", "")));
  EXPECT_TRUE(absl::IsInvalidArgument(Put(*store, "../up", "")));
}

}  // namespace
}  // namespace segue::services

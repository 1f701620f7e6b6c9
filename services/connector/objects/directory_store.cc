#include "services/connector/objects/directory_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/async/one_shot.h"

namespace segue::services {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPageMax = 1000;

// A path below the directory, whatever the names hold.
absl::StatusOr<fs::path> PathOf(const fs::path& directory, const ObjectName& name) {
  const bool plain_bucket = !name.bucket.empty() && name.bucket.find('/') == name.bucket.npos;
  std::vector<std::string> parts = absl::StrSplit(absl::StrCat(name.bucket, "/", name.key), '/');
  const bool climbs = std::any_of(parts.begin(), parts.end(), [](const std::string& part) {
    return part == ".." || part == "." || part.find('\0') != part.npos;
  });
  if (!plain_bucket || climbs) {
    return absl::InvalidArgumentError(
        absl::StrCat("no object can be named ", name.bucket, "/", name.key));
  }
  fs::path path = directory;
  for (const std::string& part : parts) path /= part;
  return path;
}

absl::Time TimeOf(fs::file_time_type time) {
  return absl::FromChrono(std::chrono::time_point_cast<std::chrono::microseconds>(
      std::chrono::file_clock::to_sys(time)));
}

absl::StatusOr<std::string> Read(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) return absl::NotFoundError(absl::StrCat("no object at ", path.string()));
  if (static_cast<int64_t>(size) > ObjectStore::kObjectBytesMax) {
    return absl::ResourceExhaustedError(absl::StrCat(path.string(), " has ", size, " bytes"));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::PermissionDeniedError(absl::StrCat("cannot read ", path.string()));
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// Makes what was written to a file durable, or the names in a folder.
bool Sync(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool synced = ::fsync(descriptor) == 0;
  ::close(descriptor);
  return synced;
}

// The folders that get a new name when a file is written to `folder`.
std::vector<fs::path> FoldersThatChange(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> folders = {folder};
  while (folders.back().has_relative_path() && !fs::exists(folders.back(), error)) {
    folders.push_back(folders.back().parent_path());
  }
  return folders;
}

// All of it, durably, or what was there before.
absl::Status Write(const fs::path& name, const std::string& body) {
  std::error_code error;
  const fs::path path = fs::absolute(name);
  const std::vector<fs::path> folders = FoldersThatChange(path.parent_path());
  fs::create_directories(path.parent_path(), error);
  const fs::path part = path.string() + ".part";
  std::ofstream file(part, std::ios::binary | std::ios::trunc);
  file << body;
  file.close();
  const bool written = file && Sync(part);
  if (written) fs::rename(part, path, error);
  if (written && !error && std::ranges::all_of(folders, Sync)) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot write ", path.string()));
}

absl::StatusOr<ObjectPage> ListFiles(const fs::path& bucket, const std::string& prefix,
                                     const std::string& after) {
  std::vector<ObjectInfo> all;
  std::error_code error;
  for (fs::recursive_directory_iterator at(bucket, error), end; !error && at != end;
       at.increment(error)) {
    if (!at->is_regular_file(error)) continue;
    std::string key = fs::relative(at->path(), bucket, error).generic_string();
    if (!absl::StartsWith(key, prefix) || key <= after) continue;
    all.push_back({.key = std::move(key),
                   .etag = absl::StrCat("\"", at->file_size(error), "\""),
                   .size = static_cast<int64_t>(at->file_size(error)),
                   .last_modified = TimeOf(at->last_write_time(error))});
  }
  if (error) return absl::NotFoundError(absl::StrCat("no bucket at ", bucket.string()));
  std::sort(all.begin(), all.end(),
            [](const ObjectInfo& a, const ObjectInfo& b) { return a.key < b.key; });
  ObjectPage page;
  if (all.size() > kPageMax) {
    all.resize(kPageMax);
    page.next = all.back().key;
  }
  page.objects = std::move(all);
  return page;
}

// Runs `work` on a thread of its own and comes back with its value.
template <typename T, typename Work>
async::Task<T> OnThread(async::Executor& executor, Work work) {
  async::OneShot<T> done;
  std::thread([&executor, &done, work = std::move(work)]() mutable {
    T value = work();
    executor.Post([&done, value = std::move(value)]() mutable { done.Set(std::move(value)); });
  }).detach();
  co_return co_await done;
}

class DirectoryStore final : public ObjectStore {
 public:
  explicit DirectoryStore(std::string directory) : directory_(std::move(directory)) {}

  async::Task<absl::StatusOr<std::string>> Get(ObjectName name, async::Executor& executor,
                                               async::CancelToken /*cancel*/) override {
    absl::StatusOr<fs::path> path = PathOf(directory_, name);
    if (!path.ok()) co_return path.status();
    auto work = [file = *path] { return Read(file); };
    co_return co_await OnThread<absl::StatusOr<std::string>>(executor, std::move(work));
  }

  async::Task<absl::StatusOr<ObjectPage>> List(ListRequest request, async::Executor& executor,
                                               async::CancelToken /*cancel*/) override {
    absl::StatusOr<fs::path> bucket = PathOf(directory_, {.bucket = request.bucket, .key = ""});
    if (!bucket.ok()) co_return bucket.status();
    auto work = [folder = *bucket, request = std::move(request)] {
      return ListFiles(folder, request.prefix, request.after);
    };
    co_return co_await OnThread<absl::StatusOr<ObjectPage>>(executor, std::move(work));
  }

  async::Task<absl::Status> Put(ObjectName name, std::string body, async::Executor& executor,
                                async::CancelToken /*cancel*/) override {
    absl::StatusOr<fs::path> path = PathOf(directory_, name);
    if (!path.ok()) co_return path.status();
    auto work = [file = *path, body = std::move(body)] { return Write(file, body); };
    co_return co_await OnThread<absl::Status>(executor, std::move(work));
  }

 private:
  const fs::path directory_;
};

}  // namespace

std::unique_ptr<ObjectStore> MakeDirectoryStore(std::string directory) {
  return std::make_unique<DirectoryStore>(std::move(directory));
}

}  // namespace segue::services

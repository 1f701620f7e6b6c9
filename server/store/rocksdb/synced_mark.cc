#include "server/store/rocksdb/synced_mark.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "server/store/rocksdb/log_reader.h"
#include "server/store/rocksdb/small_file.h"
#include "server/store/rocksdb/status.h"

namespace segue::store::rocks {
namespace {

std::string PathOf(const std::string& dir) { return dir + "/" + SyncedMark::kFileName; }

uint64_t Sum(std::string_view text) {  // FNV-1a
  uint64_t sum = 0xCBF29CE484222325;
  for (const char byte : text) sum = (sum ^ static_cast<uint8_t>(byte)) * 0x100000001B3;
  return sum;
}

// Always of one length, so that the file never changes its size; less than a sector.
std::string Encode(const SyncedMark::Positions& positions) {
  std::string text;
  for (size_t i = 0; i < SyncedMark::kFilesMax; ++i) {
    const LogPosition position = i < positions.size() ? positions[i] : LogPosition{};
    absl::StrAppendFormat(&text, "%020d %020d\n", position.file, position.bytes);
  }
  absl::StrAppendFormat(&text, "%016x\n", Sum(text));
  return text;
}

std::optional<SyncedMark::Positions> Decode(const std::string& text) {
  SyncedMark::Positions positions;
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  for (size_t i = 0; i < SyncedMark::kFilesMax && i < lines.size(); ++i) {
    const std::vector<std::string> words = absl::StrSplit(lines[i], ' ');
    LogPosition position;
    if (words.size() != 2 || !absl::SimpleAtoi(words[0], &position.file) ||
        !absl::SimpleAtoi(words[1], &position.bytes)) {
      return std::nullopt;
    }
    if (position.file != 0) positions.push_back(position);
  }
  if (Encode(positions) != text) return std::nullopt;
  return positions;
}

// What the user can do about it.
std::string Remedy(const std::string& dir) {
  return absl::StrCat(
      "Restore the directory from a backup; or run segued --accept-loss --data-dir ", dir,
      " to go on without what is lost");
}

absl::Status Lost(const std::string& dir, const std::string& how) {
  return absl::DataLossError(absl::StrCat(
      "the store '", dir, "' has lost what was acknowledged: ", how, ". ", Remedy(dir)));
}

}  // namespace

std::string LogPath(const std::string& dir, uint64_t file) {
  return absl::StrFormat("%s/db/%06d.log", dir, file);
}

absl::StatusOr<std::optional<SyncedMark::Positions>> SyncedMark::Read(::rocksdb::Env* env,
                                                                      const std::string& dir) {
  const std::string path = PathOf(dir);
  if (env->FileExists(path).IsNotFound()) return std::nullopt;
  std::string text;
  const auto read = ::rocksdb::ReadFileToString(env, path, &text);
  if (!read.ok()) return ToStatus(read, absl::StrCat("reading ", path));
  std::optional<Positions> positions = Decode(text);
  if (positions) return positions;
  return absl::DataLossError(absl::StrCat(
      path, " is damaged: it says up to where the store's log must reach. ", Remedy(dir)));
}

absl::StatusOr<std::unique_ptr<SyncedMark>> SyncedMark::Open(::rocksdb::Env* env,
                                                             const std::string& dir) {
  std::unique_ptr<SyncedMark> mark(new SyncedMark(env, dir));
  auto done = WriteSmallFile(env, dir, kFileName, Encode({}));
  if (done.ok()) {
    done = env->NewRandomRWFile(PathOf(dir), &mark->file_, ::rocksdb::EnvOptions());
  }
  if (!done.ok()) return ToStatus(done, absl::StrCat("writing ", PathOf(dir)));
  return mark;
}

void SyncedMark::Set(const LogPosition& position) {
  if (positions_.empty() || positions_.back().file != position.file) {
    // What was written to files before has been moved to data files meanwhile, or will be.
    std::erase_if(positions_, [this](const LogPosition& older) {
      return env_->FileExists(LogPath(dir_, older.file)).IsNotFound();
    });
    if (positions_.size() == kFilesMax) positions_.erase(positions_.begin());
    positions_.push_back(position);
  }
  positions_.back() = position;
  file_->Write(0, Encode(positions_)).PermitUncheckedError();
}

absl::Status CheckSynced(::rocksdb::Env* env, const std::string& dir,
                         const SyncedMark::Positions& synced) {
  if (synced.empty()) return absl::OkStatus();
  if (!env->FileExists(dir + "/db/CURRENT").ok()) return Lost(dir, "its db folder is empty");
  std::vector<std::string> files;
  const auto listed = env->GetChildren(dir + "/db", &files);
  if (!listed.ok()) return ToStatus(listed, absl::StrCat("listing ", dir, "/db"));
  uint64_t newest = 0;
  for (const std::string& name : files) {
    uint64_t number = 0;
    if (name.ends_with(".log") && absl::SimpleAtoi(name.substr(0, name.size() - 4), &number)) {
      newest = std::max(newest, number);
    }
  }
  // A file goes once all of it stands in data files; the one that is written to never does.
  if (newest < synced.back().file) return Lost(dir, "its log file is not there");
  for (const LogPosition& position : synced) {
    const std::string path = LogPath(dir, position.file);
    if (env->FileExists(path).IsNotFound()) continue;
    const absl::StatusOr<uint64_t> readable = ReadableLogBytes(env, path, position.bytes);
    if (!readable.ok()) return readable.status();
    if (*readable >= position.bytes) continue;
    return Lost(dir, absl::StrCat("of ", path, ", which was cut or damaged, ", position.bytes,
                                  " bytes were synced, and the first ", *readable, " can be read"));
  }
  return absl::OkStatus();
}

}  // namespace segue::store::rocks

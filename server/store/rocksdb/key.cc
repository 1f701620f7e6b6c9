#include "server/store/rocksdb/key.h"

#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "server/base/check.h"
#include "server/store/micros.h"

namespace segue::store::rocks {
namespace {

constexpr char kOwnRecord = 1;
constexpr char kBranchRecord = 2;
constexpr uint64_t kSignBit = uint64_t{1} << 63;
constexpr size_t kNumberBytes = 8;

void AppendNumber(uint64_t number, std::string* out) {
  for (int shift = 56; shift >= 0; shift -= 8) out->push_back(static_cast<char>(number >> shift));
}

uint64_t NumberAt(std::string_view bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < kNumberBytes; ++i) {
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return number;
}

void AppendMicros(int64_t micros, std::string* out) {
  AppendNumber(static_cast<uint64_t>(micros) ^ kSignBit, out);
}

int64_t MicrosOf(uint64_t number) { return static_cast<int64_t>(number ^ kSignBit); }

char ByteOf(int number) { return static_cast<char>(static_cast<unsigned char>(number)); }

std::string SlotAndTime(char kind, const ExecutionId& id, int64_t micros) {
  std::string key;
  if (kind != 0) key.push_back(kind);
  key.push_back(ByteOf(SlotOf(id.value())));
  AppendMicros(micros, &key);
  key += id.value();
  return key;
}

}  // namespace

std::string ExecutionPrefix(const ExecutionId& id) {
  std::string key;
  key.reserve(id.value().size() + 16);
  key.push_back(ByteOf(SlotOf(id.value())));
  key += id.value();
  key.push_back('\0');
  return key;
}

std::string RecordKey(const ExecutionId& id) { return ExecutionPrefix(id) + kOwnRecord; }

std::string BranchKey(const ExecutionId& id, BranchId branch) {
  std::string key = ExecutionPrefix(id);
  key.push_back(kBranchRecord);
  AppendNumber(branch.value(), &key);
  return key;
}

std::string HistoryKey(const ExecutionId& id, int64_t first) {
  std::string key = ExecutionPrefix(id);
  AppendNumber(static_cast<uint64_t>(first), &key);
  return key;
}

std::string WakeKey(const ExecutionId& id, int64_t at_micros) {
  return SlotAndTime(0, id, at_micros);
}

std::string ClosedKey(const ExecutionId& id, int64_t end_micros) {
  return SlotAndTime('c', id, end_micros);
}

std::string DocumentPrefix(std::string_view collection) {
  std::string key = "d";
  key += collection;
  key.push_back('\0');
  return key;
}

std::string DocumentKey(std::string_view collection, std::string_view key) {
  return DocumentPrefix(collection).append(key);
}

std::string EpochKey(int slot) { return {'e', ByteOf(slot)}; }

std::string WakePrefix(int slot) { return {ByteOf(slot)}; }

std::string ClosedPrefix(int slot) { return {'c', ByteOf(slot)}; }

std::string AllListPrefix() { return "s"; }

std::string WorkflowListPrefix(std::string_view workflow) {
  std::string key = "w";
  key += workflow;
  key.push_back('\0');
  return key;
}

std::string ListSuffix(int64_t start_micros, std::string_view id) {
  std::string suffix;
  AppendNumber(~(static_cast<uint64_t>(start_micros) ^ kSignBit), &suffix);
  return suffix.append(id);
}

std::string ListKey(std::string_view prefix, int status, std::string_view suffix) {
  std::string key(prefix);
  key.push_back(ByteOf(status));
  return key.append(suffix);
}

std::string PrefixEnd(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  SEGUE_CHECK(!prefix.empty());
  prefix.back() = ByteOf(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::optional<RecordSuffix> ParseRecordSuffix(std::string_view suffix) {
  if (suffix.size() == 1 && suffix[0] == kOwnRecord) return RecordSuffix{};
  if (suffix.size() != 1 + kNumberBytes || suffix[0] != kBranchRecord) return std::nullopt;
  return RecordSuffix{.branch = BranchId(NumberAt(suffix.substr(1)))};
}

std::optional<TimedKey> ParseTimedSuffix(std::string_view suffix) {
  if (suffix.size() <= kNumberBytes) return std::nullopt;
  return TimedKey{.micros = MicrosOf(NumberAt(suffix)),
                  .id = std::string(suffix.substr(kNumberBytes))};
}

std::optional<TimedKey> ParseListSuffix(std::string_view suffix) {
  if (suffix.size() <= kNumberBytes) return std::nullopt;
  return TimedKey{.micros = MicrosOf(~NumberAt(suffix)),
                  .id = std::string(suffix.substr(kNumberBytes))};
}

std::string HistoryValueHeader(int64_t count) {
  std::string header;
  AppendNumber(static_cast<uint64_t>(count), &header);
  return header;
}

std::optional<StoredHistory> ParseHistory(std::string_view first_bytes, std::string_view value) {
  if (first_bytes.size() != kNumberBytes || value.size() < kNumberBytes) return std::nullopt;
  return StoredHistory{.first = static_cast<int64_t>(NumberAt(first_bytes)),
                       .count = static_cast<int64_t>(NumberAt(value)),
                       .record = std::string(value.substr(kNumberBytes))};
}

std::string ClosedValue(const IndexEntry& entry) {
  std::string value;
  value.push_back(ByteOf(entry.status));
  AppendMicros(FloorMicros(entry.start_time), &value);
  return value + entry.workflow;
}

std::optional<IndexEntry> ParseClosedValue(std::string_view value) {
  if (value.size() <= 1 + kNumberBytes) return std::nullopt;
  return IndexEntry{.workflow = std::string(value.substr(1 + kNumberBytes)),
                    .start_time = TimeFromMicros(MicrosOf(NumberAt(value.substr(1)))),
                    .status = static_cast<unsigned char>(value[0]),
                    .end_time = std::nullopt};
}

std::string EpochValue(uint64_t epoch, std::string_view owner) {
  std::string value;
  AppendNumber(epoch, &value);
  return value.append(owner);
}

std::optional<uint64_t> ParseEpochValue(std::string_view value) {
  if (value.size() < kNumberBytes) return std::nullopt;
  return NumberAt(value);
}

std::string Printable(std::string_view key) {
  constexpr size_t kBytesMax = 120;
  return absl::CHexEscape({key.data(), std::min(key.size(), kBytesMax)});
}

}  // namespace segue::store::rocks

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/ids.h"
#include "server/store/store.h"

// The keys, and those values that are not just a record. Numbers are big-endian, so that bytes sort
// as they do; a time is micros.h's microseconds with the sign bit flipped; `~` inverts its bits, so
// that the newest comes first. Ids hold no NUL, so a NUL ends them and no execution's range lies
// inside another's.
//
//   family   key                                                 value
//   default  'd' <collection> 00 <key>                           the document's record
//   default  'e' <slot u8>                                       <epoch u64><owner>
//   records  <slot u8><id> 00 01                                 the execution's own record
//   records  <slot u8><id> 00 02 <branch u64>                    the branch's record
//   history  <slot u8><id> 00 <first event u64>                  <count u64><record>
//   wake     <slot u8><at><id>                                   nothing
//   index    'c' <slot u8><end><id>                              <status u8><start><workflow>
//   index    's' <status u8>~<start><id>                         nothing
//   index    'w' <workflow> 00 <status u8>~<start><id>           nothing
//
// The status stands before the time, so that every list, by workflow and status, by either or by
// neither, is a merge of a few ranges without filtering (list_scan.h).

namespace segue::store::rocks {

// <slot><id> 00: what all keys of an execution's records and history begin with.
std::string ExecutionPrefix(const ExecutionId& id);
std::string RecordKey(const ExecutionId& id);
std::string BranchKey(const ExecutionId& id, BranchId branch);
std::string HistoryKey(const ExecutionId& id, int64_t first);
std::string WakeKey(const ExecutionId& id, int64_t at_micros);
std::string ClosedKey(const ExecutionId& id, int64_t end_micros);
std::string DocumentPrefix(std::string_view collection);
std::string DocumentKey(std::string_view collection, std::string_view key);
std::string EpochKey(int slot);

// Where a slot's keys begin in the wake family and in the index family's 'c' part.
std::string WakePrefix(int slot);
std::string ClosedPrefix(int slot);

// The two kinds of lists: a prefix, then <status>~<start><id>.
std::string AllListPrefix();
std::string WorkflowListPrefix(std::string_view workflow);
std::string ListSuffix(int64_t start_micros, std::string_view id);
std::string ListKey(std::string_view prefix, int status, std::string_view suffix);

// The least string that is greater than all that begin with `prefix`, which is not all FF.
std::string PrefixEnd(std::string prefix);

// Of a key in the records family, after ExecutionPrefix.
struct RecordSuffix {
  std::optional<BranchId> branch;  // nothing: the execution's own record
};
std::optional<RecordSuffix> ParseRecordSuffix(std::string_view suffix);

struct TimedKey {
  int64_t micros = 0;
  std::string id;
};
// Of a wake key less its WakePrefix, or a closed key less its ClosedPrefix.
std::optional<TimedKey> ParseTimedSuffix(std::string_view suffix);
// Of what follows the status in a list's key.
std::optional<TimedKey> ParseListSuffix(std::string_view suffix);

std::string HistoryValueHeader(int64_t count);
std::optional<StoredHistory> ParseHistory(std::string_view first_bytes, std::string_view value);

std::string ClosedValue(const IndexEntry& entry);
// Less end_time, which its key has.
std::optional<IndexEntry> ParseClosedValue(std::string_view value);

std::string EpochValue(uint64_t epoch, std::string_view owner);
std::optional<uint64_t> ParseEpochValue(std::string_view value);

// For messages: printable, cut where it is long.
std::string Printable(std::string_view key);

}  // namespace segue::store::rocks

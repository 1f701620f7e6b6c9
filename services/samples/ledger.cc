#include "services/samples/ledger.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/json.h"

namespace segue::samples {
namespace {

constexpr size_t kAll = ~size_t{0};

std::string Line(const Ledger::Entry& entry) {
  const Json json = Json::Of({{"number", entry.number},
                              {"time_ns", absl::ToUnixNanos(entry.call.time)},
                              {"answered_ns", absl::ToUnixNanos(entry.answered)},
                              {"service", entry.call.service},
                              {"method", entry.call.method},
                              {"key", entry.call.key},
                              {"execution_id", entry.call.execution_id},
                              {"attempt", entry.call.attempt},
                              {"code", absl::StatusCodeToString(entry.code)},
                              {"executed", Json::Bool(entry.executed)},
                              {"repeat", Json::Bool(entry.repeat)},
                              {"lost", Json::Bool(entry.lost)}});
  return json.Dump() + "\n";
}

}  // namespace

Ledger::Ledger(const std::string& file) {
  if (!file.empty()) file_.open(file, std::ios::app);
}

Answer Ledger::Once(const Call& call, Delivery delivery, const std::function<Answer()>& work) {
  Entry entry{.call = call, .lost = delivery == Delivery::kIsLost};
  const std::lock_guard lock(mutex_);
  Answer answer;
  const std::string key = absl::StrCat(call.service, "/", call.method, "/", call.key);
  const auto known = call.key.empty() ? answers_.end() : answers_.find(key);
  if (known != answers_.end()) {
    entry.repeat = true;
    answer = known->second;
  } else {
    entry.executed = true;
    answer = work();
    if (!call.key.empty()) answers_.emplace(key, answer);
  }
  entry.code = entry.lost ? absl::StatusCode::kUnavailable : answer.code;
  Append(std::move(entry));
  return answer;
}

void Ledger::Note(const Call& call, absl::StatusCode code) {
  const std::lock_guard lock(mutex_);
  Append({.call = call, .code = code});
}

void Ledger::Append(Entry entry) {
  entry.number = ++last_number_;
  entry.answered = absl::Now();
  // Flushed a line at a time: a reader finds whole lines, and a kill loses none that was answered.
  if (file_.is_open()) file_ << Line(entry) << std::flush;
  entries_.push_back(std::move(entry));
  appended_.notify_all();
}

std::vector<Ledger::Entry> Ledger::Read(int64_t after, size_t count,
                                        const std::string& service) const {
  const std::lock_guard lock(mutex_);
  const auto is_old = [after](const Entry& entry) { return entry.number <= after; };
  auto entry = std::partition_point(entries_.begin(), entries_.end(), is_old);
  std::vector<Entry> found;
  for (; entry != entries_.end() && found.size() < count; ++entry) {
    if (service.empty() || entry->call.service == service) found.push_back(*entry);
  }
  return found;
}

std::string Ledger::Text(const std::string& service) const {
  std::string text;
  for (const Entry& entry : Read(0, kAll, service)) text += Line(entry);
  return text;
}

bool Ledger::WaitBeyond(int64_t after, absl::Duration timeout) const {
  std::unique_lock lock(mutex_);
  return appended_.wait_for(lock, absl::ToChronoNanoseconds(timeout),
                            [this, after] { return last_number_ > after; });
}

void Ledger::Reset() {
  const std::lock_guard lock(mutex_);
  answers_.clear();
  entries_.clear();
}

}  // namespace segue::samples

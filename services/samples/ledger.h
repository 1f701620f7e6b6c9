#pragma once

#include <condition_variable>
#include <cstdint>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

namespace segue::samples {

// A call as it came in.
struct Call {
  absl::Time time;
  std::string service;
  std::string method;
  std::string key;           // the idempotency key; empty: none came
  std::string execution_id;  // of the execution that calls
  int attempt = 0;           // 0: the caller did not say
};

// What the service itself answered: a business error counts as well.
struct Answer {
  absl::StatusCode code = absl::StatusCode::kOk;
  std::string message;  // of an error
  std::string body;     // of a success
};

// What came to the sample services: every call in the order in which they were answered, and what
// each idempotency key was answered, so that a repeat gets the same answer and does nothing again.
//
// Threads: any.
class Ledger {
 public:
  struct Entry {
    int64_t number = 0;  // 1, 2, ...
    Call call;
    absl::Time answered;
    absl::StatusCode code = absl::StatusCode::kOk;  // as the caller saw it
    bool executed = false;                          // the work was done by this call
    bool repeat = false;                            // the key had been answered before
    bool lost = false;                              // it was answered, but the answer was dropped
  };

  // Entries are appended to `file` as JSON lines, whole ones at any moment; "" keeps them in memory
  // alone.
  explicit Ledger(const std::string& file);

  enum class Delivery { kArrives, kIsLost };
  // The answer that this key got before, or else that of `work`, which is remembered. `work` runs
  // under the ledger's lock, so of two calls with one key only one runs it; it must not call back.
  Answer Once(const Call& call, Delivery delivery, const std::function<Answer()>& work);
  // A call that was turned away before any work, or has no work that a key could protect.
  void Note(const Call& call, absl::StatusCode code);

  // Entries with a number above `after`, oldest first, at most `count`; of one service, or of all
  // where it is empty.
  std::vector<Entry> Read(int64_t after, size_t count, const std::string& service) const;
  // The same as JSON lines; one is {"number","time_ns","answered_ns","service","method","key",
  // "execution_id","attempt","code","executed","repeat","lost"}.
  std::string Text(const std::string& service) const;
  // Whether there is an entry above `after`, waiting for one up to `timeout`.
  bool WaitBeyond(int64_t after, absl::Duration timeout) const;

  // Forgets entries and answers; numbers go on. The file stays as it is.
  void Reset();

 private:
  void Append(Entry entry);  // under the mutex

  mutable std::mutex mutex_;
  mutable std::condition_variable appended_;  // of these, under the mutex:
  absl::flat_hash_map<std::string, Answer> answers_;
  std::vector<Entry> entries_;
  int64_t last_number_ = 0;
  std::ofstream file_;
};

}  // namespace segue::samples

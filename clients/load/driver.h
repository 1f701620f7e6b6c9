#pragma once

// What begins one piece of work, and what comes of it.

#include <grpcpp/channel.h>
#include <grpcpp/completion_queue.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clients/load/histogram.h"
#include "clients/load/tag.h"
#include "segue/v1/execution_service.pb.h"

namespace segue::load {

// How a piece of work ended.
enum class Outcome {
  kCompleted,
  kFailed,   // the execution ended otherwise than SUCCEEDED
  kRefused,  // the submit, or the raw call, was answered with an error
  kLost,     // the connection broke; it may have run or not
};

struct Counts {
  int64_t started = 0;
  int64_t completed = 0;
  int64_t failed = 0;
  int64_t refused = 0;
  int64_t lost = 0;
  Histogram latency;                      // from the (scheduled) begin to the end
  Histogram accept_latency;               // from the begin to the answer of the submit
  std::map<std::string, int64_t> errors;  // by name or message

  int64_t ended() const { return completed + failed + refused + lost; }
  void Merge(const Counts& other);
};

// Counts of the whole run that are read while it goes on, from any thread.
struct LiveCounts {
  std::atomic<int64_t> started = 0;
  std::atomic<int64_t> completed = 0;
  std::atomic<int64_t> failed = 0;  // and refused, and lost
};

// The measured part of a run: what ends in it counts.
struct Window {
  absl::Time begin;
  absl::Time end = absl::InfiniteFuture();
};

// What one load thread has seen. Not thread-safe but for the LiveCounts.
class Recorder {
 public:
  Recorder(const Window& window, LiveCounts& live) : window_(window), live_(live) {}

  void Started(absl::Time now);
  void Accepted(absl::Time begin);
  void Ended(absl::Time begin, Outcome outcome, const std::string& error = "");

  int64_t open() const { return open_; }
  const Counts& counts() const { return counts_; }
  absl::Time last_end() const { return last_end_; }

 private:
  bool Measured(absl::Time now) const { return now >= window_.begin && now < window_.end; }

  const Window window_;
  LiveCounts& live_;
  Counts counts_;
  int64_t open_ = 0;
  absl::Time last_end_ = absl::InfinitePast();
};

// One for each load thread; all calls on that thread.
class Driver {
 public:
  virtual ~Driver() = default;
  // Begins one; the recorder hears what comes of it. `begin`: from when its latency counts.
  virtual void Begin(absl::Time begin) = 0;
  // Ends connections: cleanly if nothing is open, otherwise by cancelling.
  virtual void Stop() = 0;
  // Whether the completion queue still owes it tags.
  virtual bool Idle() const = 0;
};

struct DriverContext {
  grpc::CompletionQueue& queue;
  Recorder& recorder;
  const std::vector<std::shared_ptr<grpc::Channel>>& channels;
};

enum class Await { kAccepted, kClosed };

struct SubmitOptions {
  v1::SubmitWorkflowRequest request;
  std::string request_id_prefix;  // empty: submits without request_id
  Await await = Await::kClosed;
  int streams = 1;  // of this thread
};

// Submits over SubmitWorkflows streams.
std::unique_ptr<Driver> MakeStreamDriver(const DriverContext& context,
                                         const SubmitOptions& options);
// SubmitWorkflow, then WaitExecution.
std::unique_ptr<Driver> MakeUnaryDriver(const DriverContext& context, const SubmitOptions& options);
// Echo/Call, with nothing in between.
std::unique_ptr<Driver> MakeRawDriver(const DriverContext& context, const std::string& payload);

}  // namespace segue::load

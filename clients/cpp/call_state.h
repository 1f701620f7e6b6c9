#pragma once

// Internal to clients/cpp: what the calls of one Client share.

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>

#include "clients/cpp/client.h"
#include "segue/v1/admin_service.grpc.pb.h"
#include "segue/v1/execution_service.grpc.pb.h"
#include "segue/v1/task_service.grpc.pb.h"
#include "segue/v1/workflow_service.grpc.pb.h"

namespace segue::client {

// The contexts of the calls under way, so that all of them can be cancelled at once.
class Interruption {
 public:
  void Interrupt();
  bool interrupted();
  // Returns early, with true, once interrupted.
  bool Sleep(absl::Duration duration);

  // Holds a context for as long as its call may be cancelled.
  class Guard {
   public:
    Guard(Interruption& owner, grpc::ClientContext& context);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    Interruption& owner_;
    grpc::ClientContext& context_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable interrupt_;  // of these, under the mutex:
  bool interrupted_ = false;
  std::set<grpc::ClientContext*> contexts_;
};

// Times between attempts: from 100 ms, doubled up to 2 s, ±20 %; never less than the server asks.
class Backoff {
 public:
  absl::Duration Next(const absl::Status& status);
  void Reset() { next_ = kFirst; }

 private:
  static constexpr absl::Duration kFirst = absl::Milliseconds(100);
  static constexpr absl::Duration kMax = absl::Seconds(2);
  absl::Duration next_ = kFirst;
};

struct Client::State {
  State(const std::shared_ptr<grpc::Channel>& calls, const CallPolicy& call_policy);

  // Waits before the next attempt; returns early, with true, once interrupted.
  bool Pause(absl::Duration duration);

  // Whether a long-lived call that failed with `status` should be opened again.
  bool ShouldResume(const absl::Status& status, absl::Time last_sign_of_life, int attempts) const;

  CallPolicy policy;
  std::shared_ptr<grpc::Channel> channel;  // null if it is of a kind that cannot be watched
  Interruption interruption;
  std::atomic<bool> reached = false;  // a server has answered
  std::unique_ptr<v1::WorkflowService::Stub> workflows;
  std::unique_ptr<v1::ExecutionService::Stub> executions;
  std::unique_ptr<v1::TaskService::Stub> tasks;
  std::unique_ptr<v1::AdminService::Stub> admin;
};

}  // namespace segue::client

#include "clients/cpp/submit_stream.h"

#include <grpcpp/support/sync_stream.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "clients/cpp/call_state.h"
#include "clients/cpp/errors.h"

namespace segue::client {

using Stream = grpc::ClientReaderWriter<v1::SubmitWorkflowsRequest, v1::SubmitWorkflowsResponse>;

// One SubmitAll: the submits that are not finished, over the streams that carry them.
class SubmitStream {
 public:
  SubmitStream(Client& client, const SubmitStreamOptions& options,
               const std::function<std::optional<v1::SubmitWorkflowRequest>()>& next,
               const std::function<void(const v1::SubmitWorkflowsResponse&)>& on_answer)
      : state_(*client.state_), options_(options), next_(next), on_answer_(on_answer) {}

  absl::Status Run() {
    Backoff backoff;
    absl::Time last_answer = absl::Now();
    for (int attempts = 1;; ++attempts) {
      absl::Status status = RunOneStream(backoff, last_answer);
      if (!input_error_.ok()) return input_error_;
      if (status.ok() && Finished()) return status;
      if (state_.interruption.interrupted()) return absl::CancelledError("interrupted");
      if (status.ok()) status = absl::UnavailableError("the stream ended before all was answered");
      if (!state_.ShouldResume(status, last_answer, attempts)) return status;
      if (state_.Pause(backoff.Next(status))) {
        return absl::CancelledError("interrupted");
      }
    }
  }

 private:
  struct Unfinished {
    v1::SubmitWorkflowRequest request;
    bool accepted = false;
  };

  absl::Status RunOneStream(Backoff& backoff, absl::Time& last_answer) {
    grpc::ClientContext context;
    const Interruption::Guard guard(state_.interruption, context);
    const auto stream = state_.executions->SubmitWorkflows(&context);
    {
      const std::lock_guard lock(mutex_);
      broken_ = false;
      resend_.clear();
      for (const auto& [tag, submit] : unfinished_) resend_.push_back(tag);
    }
    std::thread writer([this, &stream] { Write(*stream); });
    v1::SubmitWorkflowsResponse answer;
    while (stream->Read(&answer)) {
      state_.reached = true;
      backoff.Reset();
      last_answer = absl::Now();
      Take(answer);
    }
    {
      const std::lock_guard lock(mutex_);
      broken_ = true;
    }
    changed_.notify_all();
    writer.join();
    return FromGrpc(stream->Finish());
  }

  // Sends what is to be sent until all is, or the stream is broken.
  void Write(Stream& stream) {
    while (std::optional<v1::SubmitWorkflowsRequest> request = NextToSend()) {
      if (!stream.Write(*request)) return;
    }
    stream.WritesDone();
  }

  std::optional<v1::SubmitWorkflowsRequest> NextToSend() {
    {
      std::unique_lock lock(mutex_);
      while (!resend_.empty()) {
        const auto found = unfinished_.find(resend_.front());
        resend_.pop_front();
        if (found != unfinished_.end()) return Message(found->first, found->second);
      }
      if (exhausted_) return std::nullopt;
      changed_.wait(lock, [this] { return MaySendOrBroken(); });
      if (broken_) return std::nullopt;
    }
    // Not under the lock: reading a pipe may block, and answers must be taken meanwhile.
    std::optional<v1::SubmitWorkflowRequest> request = next_();
    const std::lock_guard lock(mutex_);
    if (!request) {
      exhausted_ = true;
      return std::nullopt;
    }
    if (request->request_id().empty() && request->execution_id().empty()) {
      input_error_ = absl::InvalidArgumentError("a submit without request_id and execution_id");
      exhausted_ = true;
      return std::nullopt;
    }
    Unfinished& submit = unfinished_[next_tag_];
    submit.request = *std::move(request);
    return Message(next_tag_++, submit);
  }

  v1::SubmitWorkflowsRequest Message(int64_t tag, const Unfinished& submit) const {
    v1::SubmitWorkflowsRequest request;
    request.set_tag(tag);
    *request.mutable_submit() = submit.request;
    request.set_report_close(options_.report_close == ReportClose::kYes);
    return request;
  }

  bool MaySendOrBroken() const {  // under the mutex
    return broken_ || unfinished_.size() < static_cast<size_t>(options_.unfinished_max);
  }

  // Drops what a resumed stream says for the second time.
  void Take(const v1::SubmitWorkflowsResponse& answer) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = unfinished_.find(answer.tag());
      if (found == unfinished_.end()) return;
      if (answer.has_accepted()) {
        if (found->second.accepted) return;
        found->second.accepted = true;
        if (options_.report_close == ReportClose::kNo) unfinished_.erase(found);
      } else {
        unfinished_.erase(found);
      }
    }
    changed_.notify_all();
    on_answer_(answer);
  }

  bool Finished() {
    const std::lock_guard lock(mutex_);
    return exhausted_ && unfinished_.empty();
  }

  Client::State& state_;
  const SubmitStreamOptions options_;
  const std::function<std::optional<v1::SubmitWorkflowRequest>()>& next_;
  const std::function<void(const v1::SubmitWorkflowsResponse&)>& on_answer_;

  std::mutex mutex_;
  std::condition_variable changed_;  // of these, under the mutex:
  std::map<int64_t, Unfinished> unfinished_;
  std::deque<int64_t> resend_;  // not yet sent on the stream now open
  int64_t next_tag_ = 0;
  bool exhausted_ = false;    // `next` has yielded all
  bool broken_ = false;       // the stream has ended
  absl::Status input_error_;  // written by the writer, read after it was joined
};

absl::Status SubmitAll(Client& client, const SubmitStreamOptions& options,
                       const std::function<std::optional<v1::SubmitWorkflowRequest>()>& next,
                       const std::function<void(const v1::SubmitWorkflowsResponse&)>& on_answer) {
  return SubmitStream(client, options, next, on_answer).Run();
}

}  // namespace segue::client

// The drivers whose work is a chain of unary calls: each piece of work is one object in a list,
// which is taken out when the last call has answered.

#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>

#include <list>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cpp/text/documents.h"
#include "clients/load/driver.h"
#include "clients/load/echo_server.h"
#include "segue/v1/execution_service.grpc.pb.h"

namespace segue::load {
namespace {

constexpr int kLongPollSeconds = 50;
constexpr char kEchoMethod[] = "/segue.load.v1.Echo/Call";

// Holds the pieces of work under way.
template <typename Work>
class WorkList {
 public:
  template <typename... Arguments>
  void Begin(Arguments&&... arguments) {
    works_.emplace_front(std::forward<Arguments>(arguments)...);
    works_.front().Start(works_.begin());
  }
  void Remove(typename std::list<Work>::iterator work) { works_.erase(work); }
  bool empty() const { return works_.empty(); }
  void Cancel() {
    for (Work& work : works_) work.Cancel();
  }

 private:
  std::list<Work> works_;
};

Outcome OutcomeOf(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                 status.error_code() == grpc::StatusCode::CANCELLED
             ? Outcome::kLost
             : Outcome::kRefused;
}

class UnaryDriver : public Driver {
 public:
  UnaryDriver(const DriverContext& context, const SubmitOptions& options)
      : queue_(context.queue), recorder_(context.recorder), options_(options) {
    for (const auto& channel : context.channels) {
      stubs_.push_back(v1::ExecutionService::NewStub(channel));
    }
  }

  void Begin(absl::Time begin) override {
    works_.Begin(*this, *stubs_[static_cast<size_t>(number_++) % stubs_.size()], begin);
  }
  void Stop() override { works_.Cancel(); }
  bool Idle() const override { return works_.empty(); }

 private:
  class Work : public Tag {
   public:
    Work(UnaryDriver& driver, v1::ExecutionService::Stub& stub, absl::Time begin)
        : driver_(driver), stub_(stub), begin_(begin) {}

    void Start(std::list<Work>::iterator self) {
      self_ = self;
      v1::SubmitWorkflowRequest request = driver_.options_.request;
      if (!driver_.options_.request_id_prefix.empty()) {
        request.set_request_id(
            absl::StrCat(driver_.options_.request_id_prefix, "-", driver_.number_));
      }
      submit_ = stub_.PrepareAsyncSubmitWorkflow(&context_.emplace(), request, &driver_.queue_);
      submit_->StartCall();
      submit_->Finish(&submitted_, &status_, this);
    }

    void Cancel() { context_->TryCancel(); }

    void Proceed(bool) override {
      if (!status_.ok()) return End(OutcomeOf(status_), status_.error_message());
      if (submit_) {
        submit_.reset();
        driver_.recorder_.Accepted(begin_);
        if (driver_.options_.await == Await::kAccepted) return End(Outcome::kCompleted, "");
        return Wait();
      }
      if (!waited_.done()) return Wait();
      const v1::Execution& execution = waited_.execution();
      if (execution.status() == v1::EXECUTION_STATUS_SUCCEEDED) return End(Outcome::kCompleted, "");
      End(Outcome::kFailed,
          absl::StrCat(text::EnumName(execution.status()), " ", execution.error().error()));
    }

   private:
    void Wait() {
      v1::WaitExecutionRequest request;
      request.set_execution_id(submitted_.execution().execution_id());
      request.mutable_timeout()->set_seconds(kLongPollSeconds);
      request.set_view(v1::EXECUTION_VIEW_BASIC);
      wait_ = stub_.PrepareAsyncWaitExecution(&context_.emplace(), request, &driver_.queue_);
      wait_->StartCall();
      wait_->Finish(&waited_, &status_, this);
    }

    // Destroys this object.
    void End(Outcome outcome, const std::string& error) {
      driver_.recorder_.Ended(begin_, outcome, error);
      driver_.works_.Remove(self_);
    }

    UnaryDriver& driver_;
    v1::ExecutionService::Stub& stub_;
    const absl::Time begin_;
    std::list<Work>::iterator self_;
    std::optional<grpc::ClientContext> context_;
    std::unique_ptr<grpc::ClientAsyncResponseReader<v1::SubmitWorkflowResponse>> submit_;
    std::unique_ptr<grpc::ClientAsyncResponseReader<v1::WaitExecutionResponse>> wait_;
    v1::SubmitWorkflowResponse submitted_;
    v1::WaitExecutionResponse waited_;
    grpc::Status status_;
  };

  grpc::CompletionQueue& queue_;
  Recorder& recorder_;
  const SubmitOptions options_;
  std::vector<std::unique_ptr<v1::ExecutionService::Stub>> stubs_;
  WorkList<Work> works_;
  int64_t number_ = 0;
};

class RawDriver : public Driver {
 public:
  RawDriver(const DriverContext& context, const std::string& payload)
      : queue_(context.queue), recorder_(context.recorder) {
    for (const auto& channel : context.channels) {
      stubs_.push_back(std::make_unique<grpc::GenericStub>(channel));
    }
    const grpc::Slice slice(EchoRequestBytes(payload));
    request_ = grpc::ByteBuffer(&slice, 1);
  }

  void Begin(absl::Time begin) override {
    works_.Begin(*this, *stubs_[next_++ % stubs_.size()], begin);
  }
  void Stop() override { works_.Cancel(); }
  bool Idle() const override { return works_.empty(); }

 private:
  class Work : public Tag {
   public:
    Work(RawDriver& driver, grpc::GenericStub& stub, absl::Time begin)
        : driver_(driver), stub_(stub), begin_(begin) {}

    void Start(std::list<Work>::iterator self) {
      self_ = self;
      call_ = stub_.PrepareUnaryCall(&context_, kEchoMethod, driver_.request_, &driver_.queue_);
      call_->StartCall();
      call_->Finish(&response_, &status_, this);
    }

    void Cancel() { context_.TryCancel(); }

    void Proceed(bool) override {
      driver_.recorder_.Ended(begin_, status_.ok() ? Outcome::kCompleted : OutcomeOf(status_),
                              status_.error_message());
      driver_.works_.Remove(self_);
    }

   private:
    RawDriver& driver_;
    grpc::GenericStub& stub_;
    const absl::Time begin_;
    std::list<Work>::iterator self_;
    grpc::ClientContext context_;
    std::unique_ptr<grpc::GenericClientAsyncResponseReader> call_;
    grpc::ByteBuffer response_;
    grpc::Status status_;
  };

  grpc::CompletionQueue& queue_;
  Recorder& recorder_;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  grpc::ByteBuffer request_;
  WorkList<Work> works_;
  size_t next_ = 0;
};

}  // namespace

std::unique_ptr<Driver> MakeUnaryDriver(const DriverContext& context,
                                        const SubmitOptions& options) {
  return std::make_unique<UnaryDriver>(context, options);
}

std::unique_ptr<Driver> MakeRawDriver(const DriverContext& context, const std::string& payload) {
  return std::make_unique<RawDriver>(context, payload);
}

}  // namespace segue::load

#include <grpcpp/alarm.h>
#include <grpcpp/client_context.h>

#include <deque>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cpp/text/documents.h"
#include "clients/load/driver.h"
#include "google/rpc/status.pb.h"
#include "segue/v1/execution_service.grpc.pb.h"

namespace segue::load {
namespace {

// Between a stream that broke and the next one.
constexpr absl::Duration kReopenAfter = absl::Milliseconds(200);

// One SubmitWorkflows stream; opened again when it breaks.
class SubmitStream {
 public:
  SubmitStream(const DriverContext& context, std::shared_ptr<grpc::Channel> channel,
               const SubmitOptions& options, int number)
      : queue_(context.queue),
        recorder_(context.recorder),
        options_(options),
        number_(number),
        stub_(v1::ExecutionService::NewStub(channel)) {
    *request_.mutable_submit() = options.request;
    request_.set_report_close(options.await == Await::kClosed);
    Open();
  }

  void Begin(absl::Time begin) {
    const int64_t tag = TakeSlot(begin);
    to_send_.push_back(tag);
    if (!writing_ && started_) WriteNext();
  }

  void Stop() {
    stopping_ = true;
    alarm_.Cancel();
    if (!context_) return;
    if (open_slots_ == 0 && started_ && !writing_) {
      writing_ = true;
      ++pending_;
      stream_->WritesDone(&write_tag_);
    } else {
      context_->TryCancel();
    }
  }

  bool Idle() const { return pending_ == 0; }

 private:
  using Stream =
      grpc::ClientAsyncReaderWriter<v1::SubmitWorkflowsRequest, v1::SubmitWorkflowsResponse>;

  struct Slot {
    absl::Time begin;
    bool used = false;
    bool sent = false;
  };

  void Open() {
    stream_.reset();  // lives in the arena of the call that its context holds
    context_.emplace();
    started_ = false;
    reading_ = false;
    writing_ = false;
    finishing_ = false;
    stream_ = stub_->PrepareAsyncSubmitWorkflows(&*context_, &queue_);
    ++pending_;
    stream_->StartCall(&start_tag_);
  }

  void OnStart(bool ok) {
    --pending_;
    if (!ok) return Finish();
    started_ = true;
    ReadNext();
    if (!to_send_.empty()) WriteNext();
  }

  void ReadNext() {
    reading_ = true;
    ++pending_;
    stream_->Read(&answer_, &read_tag_);
  }

  void OnRead(bool ok) {
    --pending_;
    reading_ = false;
    if (!ok) return Finish();
    Take();
    ReadNext();
  }

  void WriteNext() {
    const int64_t tag = to_send_.front();
    to_send_.pop_front();
    slots_[static_cast<size_t>(tag)].sent = true;
    request_.set_tag(tag);
    if (!options_.request_id_prefix.empty()) {
      request_.mutable_submit()->set_request_id(
          absl::StrCat(options_.request_id_prefix, "-", number_, "-", next_request_++));
    }
    grpc::WriteOptions write;
    // More follow at once: let them share a packet.
    if (!to_send_.empty()) write.set_buffer_hint();
    writing_ = true;
    ++pending_;
    stream_->Write(request_, write, &write_tag_);
  }

  void OnWrite(bool ok) {
    --pending_;
    writing_ = false;
    if (!ok) return Finish();
    if (!to_send_.empty() && !stopping_) WriteNext();
  }

  // Once nothing else is under way on the stream: asks how it ended.
  void Finish() {
    // On a dead stream these end by themselves; cancelling would hide why it died.
    if (reading_ || writing_) return;
    if (std::exchange(finishing_, true)) return;
    ++pending_;
    stream_->Finish(&status_, &finish_tag_);
  }

  void OnFinish(bool) {
    --pending_;
    const std::string error =
        status_.ok() ? "the stream ended" : absl::StrCat("stream: ", status_.error_message());
    for (size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i].used && slots_[i].sent) {
        End(static_cast<int64_t>(i), Outcome::kLost, error);
      }
    }
    started_ = false;
    if (stopping_) return;
    ++pending_;
    alarm_.Set(&queue_, absl::ToChronoTime(absl::Now() + kReopenAfter), &alarm_tag_);
  }

  void OnAlarm(bool) {
    --pending_;
    if (!stopping_) Open();
  }

  void Take() {
    const int64_t tag = answer_.tag();
    if (tag < 0 || tag >= static_cast<int64_t>(slots_.size())) return;
    const Slot& slot = slots_[static_cast<size_t>(tag)];
    if (!slot.used) return;
    if (answer_.has_accepted()) {
      recorder_.Accepted(slot.begin);
      if (options_.await == Await::kAccepted) End(tag, Outcome::kCompleted, "");
    } else if (answer_.has_error()) {
      End(tag, Outcome::kRefused, answer_.error().message());
    } else if (answer_.closed().status() == v1::EXECUTION_STATUS_SUCCEEDED) {
      End(tag, Outcome::kCompleted, "");
    } else {
      End(tag, Outcome::kFailed,
          absl::StrCat(text::EnumName(answer_.closed().status()), " ",
                       answer_.closed().error().error()));
    }
  }

  int64_t TakeSlot(absl::Time begin) {
    if (free_.empty()) {
      free_.push_back(static_cast<int64_t>(slots_.size()));
      slots_.emplace_back();
    }
    const int64_t tag = free_.back();
    free_.pop_back();
    slots_[static_cast<size_t>(tag)] = {.begin = begin, .used = true};
    ++open_slots_;
    return tag;
  }

  void End(int64_t tag, Outcome outcome, const std::string& error) {
    Slot& slot = slots_[static_cast<size_t>(tag)];
    slot.used = false;
    free_.push_back(tag);
    --open_slots_;
    recorder_.Ended(slot.begin, outcome, error);
  }

  grpc::CompletionQueue& queue_;
  Recorder& recorder_;
  const SubmitOptions options_;
  const int number_;
  const std::unique_ptr<v1::ExecutionService::Stub> stub_;

  std::optional<grpc::ClientContext> context_;
  std::unique_ptr<Stream> stream_;
  v1::SubmitWorkflowsRequest request_;  // all but the tag stays
  v1::SubmitWorkflowsResponse answer_;
  grpc::Status status_;
  grpc::Alarm alarm_;

  std::vector<Slot> slots_;  // by tag
  std::vector<int64_t> free_;
  std::deque<int64_t> to_send_;
  int64_t open_slots_ = 0;
  int64_t next_request_ = 0;
  int pending_ = 0;  // tags that the queue owes
  bool started_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool finishing_ = false;
  bool stopping_ = false;

  MethodTag<SubmitStream> start_tag_{this, &SubmitStream::OnStart};
  MethodTag<SubmitStream> read_tag_{this, &SubmitStream::OnRead};
  MethodTag<SubmitStream> write_tag_{this, &SubmitStream::OnWrite};
  MethodTag<SubmitStream> finish_tag_{this, &SubmitStream::OnFinish};
  MethodTag<SubmitStream> alarm_tag_{this, &SubmitStream::OnAlarm};
};

class StreamDriver : public Driver {
 public:
  StreamDriver(const DriverContext& context, const SubmitOptions& options) {
    for (int i = 0; i < options.streams; ++i) {
      const auto& channel = context.channels[static_cast<size_t>(i) % context.channels.size()];
      streams_.push_back(std::make_unique<SubmitStream>(context, channel, options, i));
    }
  }

  void Begin(absl::Time begin) override { streams_[next_++ % streams_.size()]->Begin(begin); }

  void Stop() override {
    for (const auto& stream : streams_) stream->Stop();
  }

  bool Idle() const override {
    for (const auto& stream : streams_) {
      if (!stream->Idle()) return false;
    }
    return true;
  }

 private:
  std::vector<std::unique_ptr<SubmitStream>> streams_;
  size_t next_ = 0;
};

}  // namespace

std::unique_ptr<Driver> MakeStreamDriver(const DriverContext& context,
                                         const SubmitOptions& options) {
  return std::make_unique<StreamDriver>(context, options);
}

}  // namespace segue::load

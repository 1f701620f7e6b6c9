#include "services/samples/grpc_conduct.h"

#include <grpcpp/alarm.h>

#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace segue::samples {
namespace {

std::string Metadata(const grpc::CallbackServerContext& context, const char* name) {
  const auto found = context.client_metadata().find(name);
  if (found == context.client_metadata().end()) return "";
  return {found->second.data(), found->second.size()};
}

grpc::Status Error(absl::StatusCode code, const std::string& message) {
  return {static_cast<grpc::StatusCode>(code), message};
}

grpc::Status PushBack(const std::string& service, absl::Duration retry_after) {
  google::rpc::Status status;
  status.set_code(grpc::StatusCode::RESOURCE_EXHAUSTED);
  status.set_message(service + " has too much to do");
  google::rpc::RetryInfo info;
  google::protobuf::Duration& delay = *info.mutable_retry_delay();
  delay.set_seconds(absl::ToInt64Seconds(retry_after));
  delay.set_nanos(static_cast<int>(absl::ToInt64Nanoseconds(retry_after % absl::Seconds(1))));
  status.add_details()->PackFrom(info);
  return {grpc::StatusCode::RESOURCE_EXHAUSTED, status.message(), status.SerializeAsString()};
}

}  // namespace

grpc::ServerUnaryReactor* GrpcConduct::Serve(grpc::CallbackServerContext* context,
                                             const char* method,
                                             google::protobuf::Message* response,
                                             std::function<grpc::Status()> work) {
  Call call{.time = absl::Now(),
            .service = service_,
            .method = method,
            .key = Metadata(*context, "idempotency-key"),
            .execution_id = Metadata(*context, "segue-execution-id")};
  if (!absl::SimpleAtoi(Metadata(*context, "segue-attempt"), &call.attempt)) call.attempt = 0;
  const Switches::Fate fate = switches_.Begin(service_, call.key);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto finish = [this, call = std::move(call), fate, response, work = std::move(work), reactor] {
    const grpc::Status status = Answer(call, fate, *response, work);
    // Before the caller can hear of it, and send the next.
    switches_.End(service_);
    reactor->Finish(status);
  };
  if (fate.latency == absl::ZeroDuration()) {
    finish();
    return reactor;
  }
  auto alarm = std::make_shared<grpc::Alarm>();
  grpc::Alarm& timer = *alarm;
  timer.Set(absl::ToChronoTime(absl::Now() + fate.latency),
            [alarm, finish = std::move(finish)](bool) mutable {
              // The alarm holds this function, which holds the alarm: let go of it.
              const std::shared_ptr<grpc::Alarm> fired = std::move(alarm);
              finish();
            });
  return reactor;
}

grpc::Status GrpcConduct::Answer(const Call& call, const Switches::Fate& fate,
                                 google::protobuf::Message& response,
                                 const std::function<grpc::Status()>& work) {
  using Outcome = Switches::Fate::Outcome;
  if (fate.outcome == Outcome::kFails) {
    ledger_.Note(call, fate.code);
    return Error(fate.code, service_ + " is having a bad moment");
  }
  if (fate.outcome == Outcome::kPushesBack) {
    ledger_.Note(call, absl::StatusCode::kResourceExhausted);
    return PushBack(service_, fate.retry_after);
  }
  const bool lost = fate.outcome == Outcome::kLosesAnswer;
  const samples::Answer answer =
      ledger_.Once(call, lost ? Ledger::Delivery::kIsLost : Ledger::Delivery::kArrives, [&] {
        const grpc::Status status = work();
        return samples::Answer{.code = static_cast<absl::StatusCode>(status.error_code()),
                               .message = status.error_message(),
                               .body = status.ok() ? response.SerializeAsString() : ""};
      });
  if (lost) return Error(absl::StatusCode::kUnavailable, "the connection broke");
  if (answer.code != absl::StatusCode::kOk) return Error(answer.code, answer.message);
  response.ParseFromString(answer.body);
  return grpc::Status::OK;
}

}  // namespace segue::samples

#include "services/samples/control.h"

#include <google/protobuf/util/json_util.h>

#include <string>

#include "absl/time/time.h"
#include "services/samples/samples/v1/control.grpc.pb.h"

namespace segue::samples {
namespace {

namespace pb = ::samples::v1;

constexpr int kPageSizeMax = 10'000;
constexpr size_t kWatchBatch = 100;
// How soon a watch that sees nothing notices that nobody listens any more.
constexpr absl::Duration kLookEvery = absl::Milliseconds(100);

pb::Call ToProto(const Ledger::Entry& entry) {
  pb::Call call;
  call.set_number(entry.number);
  call.set_time_ns(absl::ToUnixNanos(entry.call.time));
  call.set_answered_ns(absl::ToUnixNanos(entry.answered));
  call.set_service(entry.call.service);
  call.set_method(entry.call.method);
  call.set_key(entry.call.key);
  call.set_execution_id(entry.call.execution_id);
  call.set_attempt(entry.call.attempt);
  call.set_code(absl::StatusCodeToString(entry.code));
  call.set_executed(entry.executed);
  call.set_repeat(entry.repeat);
  call.set_lost(entry.lost);
  return call;
}

// Synchronous: a watch holds a thread of gRPC's, and tests have one or two.
class LedgerService final : public pb::Ledger::Service {
 public:
  LedgerService(Ledger& ledger, Switches& switches, const absl::Notification& ending)
      : ledger_(ledger), switches_(switches), ending_(ending) {}

  grpc::Status ListCalls(grpc::ServerContext*, const pb::ListCallsRequest* request,
                         pb::ListCallsResponse* response) override {
    int size = request->page_size();
    if (size <= 0 || size > kPageSizeMax) size = kPageSizeMax;
    for (const Ledger::Entry& entry :
         ledger_.Read(request->after(), static_cast<size_t>(size), request->service())) {
      *response->add_calls() = ToProto(entry);
    }
    return grpc::Status::OK;
  }

  grpc::Status WatchCalls(grpc::ServerContext* context, const pb::WatchCallsRequest* request,
                          grpc::ServerWriter<pb::WatchCallsResponse>* writer) override {
    int64_t after = request->after();
    while (!context->IsCancelled() && !ending_.HasBeenNotified()) {
      if (!ledger_.WaitBeyond(after, kLookEvery)) continue;
      for (const Ledger::Entry& entry : ledger_.Read(after, kWatchBatch, "")) {
        after = entry.number;
        if (!request->service().empty() && entry.call.service != request->service()) continue;
        pb::WatchCallsResponse response;
        *response.mutable_call() = ToProto(entry);
        if (!writer->Write(response)) return grpc::Status::OK;
      }
    }
    return grpc::Status::OK;
  }

  grpc::Status Reset(grpc::ServerContext*, const pb::ResetRequest*, pb::ResetResponse*) override {
    ledger_.Reset();
    switches_.ResetCounts();
    return grpc::Status::OK;
  }

 private:
  Ledger& ledger_;
  Switches& switches_;
  const absl::Notification& ending_;
};

pb::Behaviour ToProto(const Behaviour& behaviour) {
  pb::Behaviour proto;
  // Its JSON is the message's: the field names are the same.
  (void)google::protobuf::util::JsonStringToMessage(ToJson(behaviour).Dump(), &proto);
  return proto;
}

class SwitchesService final : public pb::Switches::Service {
 public:
  explicit SwitchesService(Switches& switches) : switches_(switches) {}

  grpc::Status SetBehaviour(grpc::ServerContext*, const pb::SetBehaviourRequest* request,
                            pb::SetBehaviourResponse*) override {
    google::protobuf::util::JsonPrintOptions names;
    names.preserve_proto_field_names = true;
    std::string text;
    (void)google::protobuf::util::MessageToJsonString(request->behaviour(), &text, names);
    const auto json = Json::Parse(text);
    const auto behaviour =
        json.ok() ? ReadBehaviour(*json) : absl::StatusOr<Behaviour>(json.status());
    if (request->service().empty() || !behaviour.ok()) {
      return {grpc::StatusCode::INVALID_ARGUMENT,
              behaviour.ok() ? "service: which?" : std::string(behaviour.status().message())};
    }
    switches_.Set(request->service(), *behaviour);
    return grpc::Status::OK;
  }

  grpc::Status ListServices(grpc::ServerContext*, const pb::ListServicesRequest*,
                            pb::ListServicesResponse* response) override {
    for (const auto& [name, state] : switches_.Read()) {
      pb::ServiceState& service = *response->add_services();
      service.set_service(name);
      *service.mutable_behaviour() = ToProto(state.behaviour);
      service.set_calls(state.calls);
      service.set_in_flight(state.in_flight);
      service.set_in_flight_max(state.in_flight_max);
    }
    return grpc::Status::OK;
  }

 private:
  Switches& switches_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeLedgerService(Ledger& ledger, Switches& switches,
                                                 const absl::Notification& ending) {
  return std::make_unique<LedgerService>(ledger, switches, ending);
}

std::unique_ptr<grpc::Service> MakeSwitchesService(Switches& switches) {
  return std::make_unique<SwitchesService>(switches);
}

}  // namespace segue::samples

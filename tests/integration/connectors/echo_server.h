#pragma once

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/integration/connectors/echo.grpc.pb.h"

namespace segue::services {

class EchoService final : public test::connectors::Echo::Service {
 public:
  grpc::Status Say(grpc::ServerContext* context, const test::connectors::SayRequest* request,
                   test::connectors::SayResponse* response) override {
    const absl::Duration sleep =
        absl::Seconds(request->sleep().seconds()) + absl::Nanoseconds(request->sleep().nanos());
    const absl::Time until = absl::Now() + sleep;
    while (absl::Now() < until && !context->IsCancelled()) absl::SleepFor(absl::Milliseconds(2));
    if (!request->push_back_ms().empty()) {
      context->AddTrailingMetadata("grpc-retry-pushback-ms", request->push_back_ms());
    }
    if (request->fail_code() != 0) return Fail(*request);
    response->set_text(request->text());
    if (request->response_bytes() > 0) {
      response->set_text(std::string(static_cast<size_t>(request->response_bytes()), 'x'));
    }
    response->set_number(request->number());
    *response->mutable_tags() = request->tags();
    for (const auto& [key, value] : context->client_metadata()) {
      (*response->mutable_metadata())[std::string(key.data(), key.size())] =
          std::string(value.data(), value.size());
    }
    response->set_deadline_ms(absl::ToUnixMillis(absl::FromChrono(context->deadline())));
    return grpc::Status::OK;
  }

  grpc::Status Listen(grpc::ServerContext*, const test::connectors::SayRequest*,
                      grpc::ServerWriter<test::connectors::SayResponse>*) override {
    return grpc::Status::OK;
  }

 private:
  static grpc::Status Fail(const test::connectors::SayRequest& request) {
    google::rpc::Status rich;
    if (request.has_retry_delay()) {
      google::rpc::RetryInfo info;
      *info.mutable_retry_delay() = request.retry_delay();
      rich.add_details()->PackFrom(info);
    }
    if (request.with_details()) {
      google::rpc::ErrorInfo info;
      info.set_reason("SOLD_OUT");
      rich.add_details()->PackFrom(info);
      test::connectors::SayResponse own;
      own.set_text("own type");
      rich.add_details()->PackFrom(own);
    }
    return grpc::Status(static_cast<grpc::StatusCode>(request.fail_code()), "as you say",
                        rich.details().empty() ? "" : rich.SerializeAsString());
  }
};

// An Echo server on a free port of 127.0.0.1.
class EchoServer {
 public:
  explicit EchoServer(
      std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials()) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", credentials, &port_);
    builder.RegisterService(&service_);
    builder.SetMaxReceiveMessageSize(64 << 20);
    server_ = builder.BuildAndStart();
  }
  ~EchoServer() { server_->Shutdown(absl::ToChronoTime(absl::Now())); }

  int port() const { return port_; }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

 private:
  EchoService service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace segue::services

#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <string>

#include "services/samples/ledger.h"
#include "services/samples/switches.h"

namespace segue::samples {

// What a gRPC service does around its work: it behaves as its switches say, does the work once for
// each idempotency key, and writes the call down.
//
// Threads: gRPC's. Ownership: ledger and switches outlive it, and it outlives its calls.
class GrpcConduct {
 public:
  GrpcConduct(std::string service, Ledger& ledger, Switches& switches)
      : service_(std::move(service)), ledger_(ledger), switches_(switches) {}

  // `work` fills `response` or says why not. It must be quick: the ledger is locked meanwhile.
  grpc::ServerUnaryReactor* Serve(grpc::CallbackServerContext* context, const char* method,
                                  google::protobuf::Message* response,
                                  std::function<grpc::Status()> work);

 private:
  grpc::Status Answer(const Call& call, const Switches::Fate& fate,
                      google::protobuf::Message& response,
                      const std::function<grpc::Status()>& work);

  const std::string service_;
  Ledger& ledger_;
  Switches& switches_;
};

}  // namespace segue::samples

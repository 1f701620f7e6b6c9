#pragma once

#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/async/cancellation.h"
#include "server/async/executor.h"
#include "server/async/task.h"
#include "server/base/outcome.h"
#include "services/connector/grpc/call_metadata.h"

namespace segue::services {

struct ReflectionQuery {
  std::string service;  // "package.Service"
  std::shared_ptr<grpc::Channel> channel;
  const Metadata* metadata = nullptr;  // sent along; outlives the query
  absl::Time deadline;
};

using DescriptorFiles = std::vector<google::protobuf::FileDescriptorProto>;

// Asks a server's reflection (v1, else v1alpha) for the files of one service and all that they
// import.
//
// Threads: runs on `executor`'s thread, without blocking it.
// Errors: Grpc.Unimplemented where the server has no reflection or no such service (the cause says
// what it has); else the error of the call.
async::Task<Outcome<DescriptorFiles>> QueryReflection(ReflectionQuery query,
                                                      async::Executor& executor,
                                                      async::CancelToken cancel);

}  // namespace segue::services

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "segue/config/v1/config.pb.h"
#include "server/api/grpc/grpc_server.h"
#include "server/api/states/http_server.h"
#include "server/api/states/states_api.h"
#include "server/observability/log.h"
#include "server/scheduler/scheduler.h"

// From the configuration to the options of what it configures; the defaults are those that
// config.proto documents.

namespace segue::process {

absl::Duration DurationOf(const google::protobuf::Duration& duration);

api::GrpcServer::Options GrpcOptions(const config::v1::GrpcServer& config);
api::states::HttpServer::Options HttpOptions(const config::v1::HttpServer& config);
api::states::StatesApi::Options StatesOptions(const config::v1::Config& config);
// Whether the address is one that only this machine can reach.
bool IsLoopback(std::string_view address);
bool VerifiesSignatures(const config::v1::HttpServer& config);
scheduler::Options SchedulerOptions(const config::v1::Config& config);
observability::Log::Options LogOptions(const config::v1::Log& config);
// The names of the settings, among those that hold from the start on, in which the two differ.
std::vector<std::string> ChangedUntilRestart(const config::v1::Config& now,
                                             const config::v1::Config& then);
int ShardCount(const config::v1::Scheduler& config);

}  // namespace segue::process

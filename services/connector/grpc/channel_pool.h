#pragma once

#include <grpcpp/channel.h>

#include <atomic>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"

namespace segue::config::v1 {
class GrpcConnector;
}  // namespace segue::config::v1

namespace segue::services {

// The channels of one service: `channels` connections to each address, calls spread over them in
// turn. A channel that cannot connect is passed over while another can.
//
// Threads: safe.
class ChannelPool {
 public:
  // InvalidArgument names the field of the configuration.
  static absl::StatusOr<std::unique_ptr<ChannelPool>> Make(const config::v1::GrpcConnector& config);

  // The next channel. Never null.
  const std::shared_ptr<grpc::Channel>& Next();

 private:
  ChannelPool() = default;

  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  std::atomic<size_t> next_ = 0;
};

}  // namespace segue::services

#include "services/connector/grpc/channel_pool.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "segue/config/v1/config.pb.h"

namespace segue::services {
namespace {

using config::v1::ClientTls;
using config::v1::GrpcConnector;

constexpr int kMaxReceiveBytesDefault = 4 * 1024 * 1024;
constexpr int kChannelsMax = 64;
// Dead connections are noticed within half a minute, but only while calls are under way: servers
// may forbid pings on idle ones.
constexpr int kKeepaliveTimeMs = 20 * 1000;
constexpr int kKeepaliveTimeoutMs = 10 * 1000;
// A service that comes back is found soon: gRPC's own default waits for up to two minutes.
constexpr int kConnectTimeoutMs = 5 * 1000;
constexpr int kReconnectInitialMs = 200;
constexpr int kReconnectMaxMs = 3 * 1000;

absl::StatusOr<std::string> ReadFile(const std::string& field, const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file || text.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(field, ": cannot read ", path));
  }
  return text;
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(const GrpcConnector& config) {
  if (!config.has_tls()) return grpc::InsecureChannelCredentials();
  const ClientTls& tls = config.tls();
  if (tls.cert_file().empty() != tls.key_file().empty()) {
    return absl::InvalidArgumentError("tls: cert_file and key_file belong together");
  }
  auto ca = ReadFile("tls.ca_file", tls.ca_file());
  if (!ca.ok()) return ca.status();
  auto cert = ReadFile("tls.cert_file", tls.cert_file());
  if (!cert.ok()) return cert.status();
  auto key = ReadFile("tls.key_file", tls.key_file());
  if (!key.ok()) return key.status();
  return grpc::SslCredentials({.pem_root_certs = *std::move(ca),
                               .pem_private_key = *std::move(key),
                               .pem_cert_chain = *std::move(cert)});
}

grpc::ChannelArguments Arguments(const GrpcConnector& config, const std::string& address) {
  grpc::ChannelArguments arguments;
  // Its own connection, not one shared with a channel of the same arguments.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(config.has_max_receive_bytes() ? config.max_receive_bytes()
                                                                    : kMaxReceiveBytesDefault);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectInitialMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMaxMs);
  // Retries are the engine's: no policy of the name service's. (gRPC still sends again what has
  // never left this process or was never seen by the server, as its protocol allows.)
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  // A name of many addresses: over all of them, not the first that answers.
  if (absl::StartsWith(address, "dns:") || absl::StartsWith(address, "ipv")) {
    arguments.SetLoadBalancingPolicyName("round_robin");
  }
  if (!config.tls().server_name().empty()) {
    arguments.SetSslTargetNameOverride(config.tls().server_name());
  }
  return arguments;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChannelPool>> ChannelPool::Make(const GrpcConnector& config) {
  std::vector<std::string> addresses(config.addresses().begin(), config.addresses().end());
  if (!config.address().empty()) {
    if (!addresses.empty()) {
      return absl::InvalidArgumentError("address: not together with addresses");
    }
    addresses.push_back(config.address());
  }
  if (addresses.empty()) return absl::InvalidArgumentError("address: missing");
  const int per_address = config.has_channels() ? config.channels() : 1;
  if (per_address < 1 || per_address > kChannelsMax) {
    return absl::InvalidArgumentError(absl::StrCat("channels: must be 1 to ", kChannelsMax));
  }
  if (config.has_max_receive_bytes() && config.max_receive_bytes() < 1) {
    return absl::InvalidArgumentError("max_receive_bytes: must be positive");
  }
  auto credentials = Credentials(config);
  if (!credentials.ok()) return credentials.status();
  std::unique_ptr<ChannelPool> pool(new ChannelPool);
  for (int i = 0; i < per_address; ++i) {
    for (const std::string& address : addresses) {
      if (address.empty()) return absl::InvalidArgumentError("addresses: one is empty");
      pool->channels_.push_back(
          grpc::CreateCustomChannel(address, *credentials, Arguments(config, address)));
    }
  }
  return pool;
}

const std::shared_ptr<grpc::Channel>& ChannelPool::Next() {
  const size_t count = channels_.size();
  if (count == 1) return channels_.front();
  const size_t first = next_.fetch_add(1, std::memory_order_relaxed);
  for (size_t i = 0; i < count; ++i) {
    const auto& channel = channels_[(first + i) % count];
    const grpc_connectivity_state state = channel->GetState(/*try_to_connect=*/true);
    if (state != GRPC_CHANNEL_TRANSIENT_FAILURE) return channel;
  }
  return channels_[first % count];
}

}  // namespace segue::services

#include "server/api/grpc/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <climits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace segue::api {
namespace {

// How often changed certificate files are looked for: Kubernetes swaps them in place.
constexpr unsigned kTlsReloadSeconds = 30;

// What health checks may ask for, beside "" for the whole server.
constexpr const char* kReadinessNames[] = {"readiness", "segue.v1.WorkflowService",
                                           "segue.v1.ExecutionService", "segue.v1.AdminService"};
constexpr char kLivenessName[] = "liveness";

int Millis(absl::Duration duration) {
  return static_cast<int>(std::min<int64_t>(absl::ToInt64Milliseconds(duration), INT_MAX));
}

std::shared_ptr<grpc::ServerCredentials> CredentialsFor(const std::optional<GrpcServer::Tls>& tls) {
  if (!tls) return grpc::InsecureServerCredentials();
  namespace ex = grpc::experimental;
  auto provider = std::make_shared<ex::FileWatcherCertificateProvider>(
      tls->key_file, tls->cert_file, tls->client_ca_file, kTlsReloadSeconds);
  ex::TlsServerCredentialsOptions options(provider);
  options.watch_identity_key_cert_pairs();
  if (tls->client_ca_file.empty()) {
    options.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  } else {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return ex::TlsServerCredentials(options);
}

void SetConnectionArguments(const GrpcServer::Options& options, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(options.max_receive_bytes);
  builder.SetMaxSendMessageSize(options.max_send_bytes);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Millis(options.keepalive_time));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Millis(options.keepalive_timeout));
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             Millis(options.min_client_ping_interval));
  const bool allow = options.pings_without_calls == GrpcServer::Options::PingsWithoutCalls::kAllow;
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, allow ? 1 : 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_concurrent_streams);
  // Two servers on one port would share the calls without a word.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  if (options.max_connection_age == absl::ZeroDuration()) return;
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Millis(options.max_connection_age));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                             Millis(options.max_connection_age_grace));
}

}  // namespace

GrpcServer::GrpcServer(Options options)
    : options_(std::move(options)), builder_(std::make_unique<grpc::ServerBuilder>()) {
  grpc::EnableDefaultHealthCheckService(true);
  if (options_.reflection == Options::Reflection::kOn) {
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  }
  SetConnectionArguments(options_, *builder_);
  // Only reflection is served synchronously.
  builder_->SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder_->SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder_->SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
  builder_->AddListeningPort(options_.address, CredentialsFor(options_.tls), &port_);
}

GrpcServer::~GrpcServer() = default;

void GrpcServer::Register(grpc::Service& service) { builder_->RegisterService(&service); }

std::unique_ptr<grpc::ServerCompletionQueue> GrpcServer::AddQueue() {
  return builder_->AddCompletionQueue();
}

absl::Status GrpcServer::Start() {
  server_ = builder_->BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    return absl::UnavailableError(absl::StrCat(
        "cannot listen on ", options_.address,
        ": it is in use, or not an address of this machine (--grpc-address chooses another)"));
  }
  SetNotServing();
  return absl::OkStatus();
}

void GrpcServer::SetServing() {
  grpc::HealthCheckServiceInterface& health = *server_->GetHealthCheckService();
  for (const char* name : kReadinessNames) health.SetServingStatus(name, true);
  health.SetServingStatus(true);
}

void GrpcServer::SetNotServing() {
  grpc::HealthCheckServiceInterface& health = *server_->GetHealthCheckService();
  for (const char* name : kReadinessNames) health.SetServingStatus(name, false);
  health.SetServingStatus(false);
  // As long as the process answers at all, it lives.
  health.SetServingStatus(kLivenessName, true);
}

void GrpcServer::Shutdown(absl::Time deadline) { server_->Shutdown(absl::ToChronoTime(deadline)); }

}  // namespace segue::api

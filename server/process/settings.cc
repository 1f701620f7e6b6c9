#include "server/process/settings.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <thread>

namespace segue::process {

absl::Duration DurationOf(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

api::GrpcServer::Options GrpcOptions(const config::v1::GrpcServer& config) {
  using Options = api::GrpcServer::Options;
  Options options;
  options.address = config.has_address() ? config.address() : "127.0.0.1:50051";
  if (config.has_tls()) {
    options.tls = api::GrpcServer::Tls{.cert_file = config.tls().cert_file(),
                                       .key_file = config.tls().key_file(),
                                       .client_ca_file = config.tls().client_ca_file()};
  }
  if (config.has_max_receive_bytes()) options.max_receive_bytes = config.max_receive_bytes();
  if (config.has_max_send_bytes()) options.max_send_bytes = config.max_send_bytes();
  const config::v1::Keepalive& keepalive = config.keepalive();
  if (keepalive.has_time()) options.keepalive_time = DurationOf(keepalive.time());
  if (keepalive.has_timeout()) options.keepalive_timeout = DurationOf(keepalive.timeout());
  if (keepalive.has_min_client_interval()) {
    options.min_client_ping_interval = DurationOf(keepalive.min_client_interval());
  }
  if (keepalive.has_permit_without_calls() && !keepalive.permit_without_calls()) {
    options.pings_without_calls = Options::PingsWithoutCalls::kRefuse;
  }
  if (config.has_max_connection_age()) {
    options.max_connection_age = DurationOf(config.max_connection_age());
  }
  if (config.has_max_connection_age_grace()) {
    options.max_connection_age_grace = DurationOf(config.max_connection_age_grace());
  }
  if (config.has_max_concurrent_streams()) {
    options.max_concurrent_streams = config.max_concurrent_streams();
  }
  if (config.has_reflection() && !config.reflection()) {
    options.reflection = Options::Reflection::kOff;
  }
  return options;
}

api::states::HttpServer::Options HttpOptions(const config::v1::HttpServer& config) {
  api::states::HttpServer::Options options;
  options.address = config.has_address() ? config.address() : "127.0.0.1:8080";
  if (config.has_max_request_bytes()) {
    options.max_body_bytes = static_cast<size_t>(config.max_request_bytes());
  }
  if (config.has_max_connections()) {
    options.max_connections = static_cast<size_t>(config.max_connections());
  }
  if (config.has_idle_timeout()) options.idle_timeout = DurationOf(config.idle_timeout());
  return options;
}

namespace {

scheduler::ArnScope ScopeOf(const config::v1::Aws& aws) {
  scheduler::ArnScope scope;
  if (aws.has_region()) scope.region = aws.region();
  if (aws.has_account()) scope.account = aws.account();
  return scope;
}

}  // namespace

api::states::StatesApi::Options StatesOptions(const config::v1::Config& config) {
  api::states::StatesApi::Options options;
  if (config.limits().has_max_input_bytes()) {
    options.max_input_bytes = config.limits().max_input_bytes();
  }
  if (config.limits().has_max_payload_bytes()) {
    options.max_result_bytes = config.limits().max_payload_bytes();
  }
  if (VerifiesSignatures(config.http())) {
    options.keys.emplace();
    for (const config::v1::AccessKey& key : config.http().access_keys()) {
      options.keys->secrets[key.id()] = key.secret();
    }
  }
  return options;
}

bool IsLoopback(std::string_view address) {
  const std::string_view host = address.substr(0, address.rfind(':'));
  return host.starts_with("127.") || host == "localhost" || host == "[::1]" || host == "::1";
}

bool VerifiesSignatures(const config::v1::HttpServer& config) {
  if (config.has_verify_signatures()) return config.verify_signatures();
  return config.access_keys_size() > 0 && !IsLoopback(HttpOptions(config).address);
}

scheduler::Options SchedulerOptions(const config::v1::Config& config) {
  scheduler::Options options;
  options.arns = ScopeOf(config.aws());
  if (config.scheduler().has_evict_after_idle()) {
    options.eviction_idle = DurationOf(config.scheduler().evict_after_idle());
  }
  if (config.scheduler().has_max_executions_in_memory()) {
    options.max_in_memory = std::max<int64_t>(
        1, config.scheduler().max_executions_in_memory() / ShardCount(config.scheduler()));
  }
  if (config.scheduler().has_max_pending_submits()) {
    options.max_pending_submits = std::max<int64_t>(
        1, config.scheduler().max_pending_submits() / ShardCount(config.scheduler()));
  }
  if (config.retention().has_closed_executions()) {
    const absl::Duration kept = DurationOf(config.retention().closed_executions());
    options.retention = kept == absl::ZeroDuration() ? absl::InfiniteDuration() : kept;
  }
  if (config.retention().has_closed_express_executions_max()) {
    options.closed_express_max = config.retention().closed_express_executions_max();
  }
  if (config.limits().has_max_definition_bytes()) {
    options.max_definition_bytes = config.limits().max_definition_bytes();
  }
  if (config.limits().has_max_input_bytes()) {
    options.max_input_bytes = config.limits().max_input_bytes();
  }
  if (config.limits().has_max_payload_bytes()) {
    options.limits.payload_bytes_max = config.limits().max_payload_bytes();
    options.limits.assigned_bytes_max = config.limits().max_payload_bytes();
  }
  if (config.limits().has_max_variables_bytes()) {
    options.limits.variables_bytes_max = config.limits().max_variables_bytes();
  }
  options.limits.history_events_max = config.limits().max_history_events();
  return options;
}

observability::Log::Options LogOptions(const config::v1::Log& config) {
  using observability::Log;
  constexpr int kStandardError = 2;
  Log::Options options{.format = Log::FormatFor(kStandardError)};
  if (config.format() == config::v1::LOG_FORMAT_JSON) options.format = Log::Format::kJson;
  if (config.format() == config::v1::LOG_FORMAT_TEXT) options.format = Log::Format::kText;
  switch (config.level()) {
    case config::v1::LOG_LEVEL_DEBUG:
      options.level = Log::Level::kDebug;
      break;
    case config::v1::LOG_LEVEL_WARNING:
      options.level = Log::Level::kWarning;
      break;
    case config::v1::LOG_LEVEL_ERROR:
      options.level = Log::Level::kError;
      break;
    default:
      options.level = Log::Level::kInfo;
  }
  return options;
}

std::vector<std::string> ChangedUntilRestart(const config::v1::Config& now,
                                             const config::v1::Config& then) {
  using google::protobuf::FieldDescriptor;
  const auto fixed = [](config::v1::Config config) {
    config.clear_services();
    config.clear_http_invoke();
    config.mutable_log()->clear_level();
    return config;
  };
  const config::v1::Config before = fixed(now);
  const config::v1::Config after = fixed(then);
  std::vector<std::string> changed;
  const google::protobuf::Descriptor& type = *config::v1::Config::descriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    google::protobuf::util::MessageDifferencer differencer;
    differencer.set_message_field_comparison(
        google::protobuf::util::MessageDifferencer::EQUIVALENT);
    const std::vector<const FieldDescriptor*> one = {type.field(i)};
    if (!differencer.CompareWithFields(before, after, one, one)) changed.push_back(one[0]->name());
  }
  return changed;
}

int ShardCount(const config::v1::Scheduler& config) {
  if (config.shards() > 0) return std::min(config.shards(), kSlotCount);
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kSlotCount);
}

}  // namespace segue::process

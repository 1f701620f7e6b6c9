#include "server/process/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/config/config.h"
#include "server/process/version.h"

namespace segue::process {
namespace {

std::optional<std::string> EnvironmentVariable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

// A port that is too large would be cut to 16 bits below, and another one served.
absl::Status CheckPort(const std::string& address, const std::string& flag) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return absl::OkStatus();
  int64_t port = 0;
  const bool number = absl::SimpleAtoi(address.substr(colon + 1), &port);
  if (!number || (port >= 0 && port <= 65535)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "cannot listen on ", address, ": a port is a number from 0 to 65535 (", flag, ")"));
}

absl::Status CheckPorts(const config::v1::Config& config) {
  absl::Status status = CheckPort(config.grpc().address(), "--grpc-address");
  if (status.ok()) status = CheckPort(config.http().address(), "--http-address");
  if (status.ok()) status = CheckPort(config.metrics().address(), "--metrics-address");
  return status;
}

// They stand between colons in every ARN.
absl::Status CheckAws(const config::v1::Aws& aws) {
  const std::string& account = aws.account();
  const bool digits =
      std::ranges::all_of(account, [](unsigned char c) { return absl::ascii_isdigit(c); });
  if (aws.has_account() && (account.size() != 12 || !digits)) {
    return absl::InvalidArgumentError(
        absl::StrCat("aws.account: ", account, " is no account: give twelve digits"));
  }
  const bool named = std::ranges::all_of(aws.region(), [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
  if (aws.has_region() && (aws.region().empty() || !named)) {
    return absl::InvalidArgumentError(
        absl::StrCat("aws.region: ", aws.region(), " is no region: give one like us-east-1"));
  }
  return absl::OkStatus();
}

// The arguments, last first, as CLI11 takes them. It reads the next argument for `--flag=`: with
// nothing behind it, that means an empty value here.
std::vector<std::string> Arguments(int argc, const char* const* argv) {
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) {
    const std::string_view text = argv[i];
    const bool empty = text.starts_with("--") && text.find('=') == text.size() - 1;
    if (empty) arguments.emplace_back();
    arguments.emplace_back(text.substr(0, text.size() - (empty ? 1 : 0)));
  }
  return arguments;
}

}  // namespace

std::variant<Flags, int> ParseFlags(int argc, const char* const* argv) {
  Flags flags;
  std::string grpc_address, http_address, metrics_address, data_dir, lambda_endpoint;
  CLI::App app{"segued: the Segue server. It runs workflows that call your services.", "segued"};
  app.set_version_flag("--version", kVersion);
  app.add_option("--config", flags.config_file, "Configuration (YAML); changes are picked up")
      ->check(CLI::ExistingFile);
  auto* grpc =
      app.add_option("--grpc-address", grpc_address, "host:port of the gRPC API [127.0.0.1:50051]");
  auto* http = app.add_option("--http-address", http_address,
                              "host:port of the HTTP API [127.0.0.1:8080]; \"\" is off");
  auto* metrics = app.add_option("--metrics-address", metrics_address,
                                 "host:port of /metrics [127.0.0.1:9464]; \"\" is off");
  std::string region, account;
  auto* aws_region = app.add_option("--aws-region", region, "Region in ARNs [us-east-1]")
                         ->envname("SEGUE_AWS_REGION");
  auto* aws_account = app.add_option("--aws-account", account, "Account in ARNs [000000000000]")
                          ->envname("SEGUE_AWS_ACCOUNT");
  auto* lambda = app.add_option("--lambda-endpoint", lambda_endpoint,
                                "URL of the Lambda Invoke API [none: functions cannot be called]");
  auto* data = app.add_option("--data-dir", data_dir, "Where state is kept [./segue-data]");
  bool check = false;
  app.add_flag("--check", check,
               "Read all that is stored, name what cannot be read, and exit (1: something)");
  bool accept_loss = false;
  app.add_flag("--accept-loss", accept_loss,
               "Open a store whose log has lost what was acknowledged, without that, and exit")
      ->excludes("--check");
  try {
    app.parse(Arguments(argc, argv));
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  if (check) flags.mode = Flags::Mode::kCheckStore;
  if (accept_loss) flags.mode = Flags::Mode::kAcceptLoss;
  config::v1::Config& overrides = flags.overrides;
  if (grpc->count() > 0) overrides.mutable_grpc()->set_address(grpc_address);
  if (http->count() > 0) overrides.mutable_http()->set_address(http_address);
  if (metrics->count() > 0) overrides.mutable_metrics()->set_address(metrics_address);
  if (aws_region->count() > 0) overrides.mutable_aws()->set_region(region);
  if (aws_account->count() > 0) overrides.mutable_aws()->set_account(account);
  if (data->count() > 0) overrides.mutable_store()->mutable_rocksdb()->set_dir(data_dir);
  if (lambda->count() > 0) overrides.mutable_lambda()->set_endpoint(lambda_endpoint);
  return flags;
}

absl::StatusOr<config::v1::Config> LoadConfig(const Flags& flags) {
  config::v1::Config config;
  if (!flags.config_file.empty()) {
    auto read = config::ReadConfig(flags.config_file, EnvironmentVariable);
    if (!read.ok()) return read.status();
    config = *std::move(read);
  }
  config.MergeFrom(flags.overrides);
  if (absl::Status status = CheckPorts(config); !status.ok()) return status;
  if (absl::Status status = CheckAws(config.aws()); !status.ok()) return status;
  return config;
}

}  // namespace segue::process

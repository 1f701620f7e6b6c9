#include "server/config/config.h"

#include <yaml-cpp/yaml.h>

#include <fstream>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "server/config/yaml_to_proto.h"

namespace segue::config {
namespace {

// What the schema alone cannot say.
absl::Status CheckServices(const v1::Config& config) {
  std::set<std::string> names;
  for (int i = 0; i < config.services_size(); ++i) {
    const v1::ServiceConfig& service = config.services(i);
    const std::string path = absl::StrCat("services[", i, "]");
    if (service.name().empty()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ".name: every service needs a name"));
    }
    if (!names.insert(service.name()).second) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ".name: ", service.name(), " is the name of an earlier service"));
    }
    if (service.connector_case() == v1::ServiceConfig::CONNECTOR_NOT_SET) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": service ", service.name(), " needs `grpc`, `http` or `worker`"));
    }
    if (service.has_grpc() && service.grpc().address().empty() &&
        service.grpc().addresses().empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ".grpc.address: where is ", service.name(), "? Give host:port"));
    }
    if (service.has_http() && service.http().base_url().empty()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ".http.base_url: where is ",
                                                     service.name(), "? Give http://host:port"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Config> ParseConfig(std::string_view yaml, const Environment& environment) {
  v1::Config config;
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    const absl::Status status = YamlToProto(root, environment, config);
    if (!status.ok()) return status;
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("line ", error.mark.line + 1, ", column ",
                                                   error.mark.column + 1,
                                                   ": not YAML: ", error.msg));
  }
  if (absl::Status status = CheckServices(config); !status.ok()) return status;
  return config;
}

absl::StatusOr<v1::Config> ReadConfig(const std::string& path, const Environment& environment) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  std::ostringstream text;
  text << file.rdbuf();
  absl::StatusOr<v1::Config> config = ParseConfig(text.str(), environment);
  if (config.ok()) return config;
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": ", std::string(config.status().message())));
}

}  // namespace segue::config

#include "server/config/config.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>

namespace segue::config {
namespace {

std::optional<std::string> Variables(const std::string& name) {
  static const std::map<std::string, std::string> variables{{"PORT", "7001"}, {"HOST", "shop"}};
  const auto found = variables.find(name);
  if (found == variables.end()) return std::nullopt;
  return found->second;
}

TEST(ParseConfig, ReadsEveryKindOfField) {
  const auto config = ParseConfig(R"(
grpc: {address: "0.0.0.0:1", max_connection_age: 5m, reflection: false, max_receive_bytes: 1000}
store: {rocksdb: {dir: ./x, sync: true}}
log: {level: warning, format: LOG_FORMAT_JSON}
services:
  - name: shop
    grpc:
      address: "${HOST}:${PORT}"
      metadata: {authorization: "Bearer x"}
    budget: {rate_per_second: 12.5, burst: 3, max_concurrency: 4, timeout: 1.5s}
  - name: web
    http: {base_url: "http://h"}
)",
                                  Variables);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->grpc().address(), "0.0.0.0:1");
  EXPECT_EQ(config->grpc().max_connection_age().seconds(), 300);
  EXPECT_FALSE(config->grpc().reflection());
  EXPECT_EQ(config->grpc().max_receive_bytes(), 1000);
  EXPECT_TRUE(config->store().has_rocksdb());
  EXPECT_EQ(config->log().level(), v1::LOG_LEVEL_WARNING);
  EXPECT_EQ(config->log().format(), v1::LOG_FORMAT_JSON);
  ASSERT_EQ(config->services_size(), 2);
  const v1::ServiceConfig& shop = config->services(0);
  EXPECT_EQ(shop.grpc().address(), "shop:7001");
  EXPECT_EQ(shop.grpc().metadata().at("authorization"), "Bearer x");
  EXPECT_DOUBLE_EQ(shop.budget().rate_per_second(), 12.5);
  EXPECT_EQ(shop.budget().timeout().seconds(), 1);
  EXPECT_EQ(shop.budget().timeout().nanos(), 500'000'000);
}

TEST(ParseConfig, AnEmptyFileIsAllDefaults) {
  const auto config = ParseConfig("", Variables);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->ByteSizeLong(), 0u);
}

struct Fault {
  const char* yaml;
  const char* told;  // a part of the message
};

class ParseConfigFaults : public testing::TestWithParam<Fault> {};

TEST_P(ParseConfigFaults, NamesTheFieldAndTheLine) {
  const auto config = ParseConfig(GetParam().yaml, Variables);
  ASSERT_TRUE(absl::IsInvalidArgument(config.status())) << config.status();
  EXPECT_NE(config.status().message().find(GetParam().told), absl::string_view::npos)
      << config.status();
}

INSTANTIATE_TEST_SUITE_P(
    Config, ParseConfigFaults,
    testing::Values(
        Fault{"grpc:\n  adress: x", "line 2: grpc.adress: unknown field; did you mean `address`?"},
        Fault{"nothing_like_it: 1", "unknown field; there are: grpc, http"},
        Fault{"grpc: 5", "grpc: must be a mapping of fields"},
        Fault{"grpc: {reflection: maybe}", "grpc.reflection: `maybe` is neither true nor false"},
        Fault{"grpc: {max_receive_bytes: 1.5}", "`1.5` is not a whole number"},
        Fault{"grpc: {max_receive_bytes: 99999999999}", "is not a whole number"},
        Fault{"grpc: {max_connection_age: 5 minutes}", "is no duration; write it as"},
        Fault{"grpc: {max_connection_age: -5s}", "is no duration"},
        Fault{"log: {level: loud}", "`loud` is not one of debug, info, warning, error"},
        Fault{"log: {level: unspecified}", "is not one of"},
        Fault{"store: {memory: {}, rocksdb: {}}", "store.rocksdb: stands beside `memory`"},
        Fault{"log: {level: info, level: debug}", "log.level: is given twice"},
        Fault{"services: {name: x}", "services: must be a list"},
        Fault{"services: [{grpc: {address: x}}]", "services[0].name: every service needs a name"},
        Fault{"services: [{name: a}]", "service a needs `grpc`, `http` or `worker`"},
        Fault{"services: [{name: a, grpc: {}}]", "services[0].grpc.address: where is a?"},
        Fault{"services: [{name: a, http: {}}]", "services[0].http.base_url: where is a?"},
        Fault{"services: [{name: a, grpc: {address: x}}, {name: a, grpc: {address: y}}]",
              "services[1].name: a is the name of an earlier service"},
        Fault{"grpc: {address: \"${NOPE}\"}", "the environment variable NOPE is not set"},
        Fault{"grpc: [", "not YAML"}));

TEST(ReadConfig, SaysWhichFileIsMissing) {
  const auto config = ReadConfig("/nowhere/segued.yaml", Variables);
  EXPECT_TRUE(absl::IsNotFound(config.status())) << config.status();
}

}  // namespace
}  // namespace segue::config

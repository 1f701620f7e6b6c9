#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "segue/config/v1/config.pb.h"
#include "services/connector/grpc/grpc_connector.h"
#include "services/connector/grpc/grpc_error.h"
#include "services/connector/grpc/method_name.h"
#include "services/connector/grpc/reflection_wire.h"
#include "services/connector/header_value.h"

namespace segue::services {
namespace {

TEST(MethodNameTest, TakesQualifiedNames) {
  const auto name = ParseMethodName("shop.v1.Inventory/Reserve");
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->service, "shop.v1.Inventory");
  EXPECT_EQ(name->method, "Reserve");
  EXPECT_TRUE(ParseMethodName("Service/Method").has_value());
  for (const char* bad : {"", "/", "a/", "/b", "a", "a/b/c", ".a/b", "a./b", "a..b/c", "1a/b",
                          "a/1b", "a b/c", "a/b ", "/a.B/c"}) {
    EXPECT_FALSE(ParseMethodName(bad).has_value()) << bad;
    EXPECT_TRUE(MethodNameFault(bad).has_value()) << bad;
  }
}

TEST(GrpcErrorTest, NamesEveryCode) {
  std::set<std::string> names;
  for (int code = 0; code <= 16; ++code) {
    names.insert(GrpcErrorName(code));
  }
  EXPECT_EQ(names.size(), 17u);
  EXPECT_EQ(GrpcErrorName(grpc::StatusCode::NOT_FOUND), "Grpc.NotFound");
  EXPECT_EQ(GrpcErrorName(grpc::StatusCode::DATA_LOSS), "Grpc.DataLoss");
  EXPECT_EQ(GrpcErrorName(99), "Grpc.Unknown");
}

TEST(GrpcErrorTest, CauseCarriesDetails) {
  google::rpc::Status rich;
  google::rpc::ErrorInfo info;
  info.set_reason("SOLD_OUT");
  (*info.mutable_metadata())["sku"] = "17";
  rich.add_details()->PackFrom(info);
  auto* unknown = rich.add_details();
  unknown->set_type_url("type.googleapis.com/shop.Secret");
  unknown->set_value("\x01");
  const WorkflowError error =
      ErrorOfStatus(grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "no \"17\" left",
                                 rich.SerializeAsString()),
                    nullptr);
  EXPECT_EQ(error.name, "Grpc.FailedPrecondition");
  EXPECT_EQ(
      error.cause,
      R"({"message":"no \"17\" left","details":[)"
      R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SOLD_OUT","domain":"",)"
      R"("metadata":{"sku":"17"}},)"
      R"({"@type":"type.googleapis.com/shop.Secret","value":"AQ=="}]})");
}

TEST(GrpcErrorTest, BytesThatAreNoTextStillGiveACause) {
  const WorkflowError error =
      ErrorOfStatus(grpc::Status(grpc::StatusCode::UNKNOWN, "\xff\xfe", "not a status"), nullptr);
  EXPECT_EQ(error.cause, R"({"message":"\\xff\\xfe","details":[]})");
}

TEST(HeaderValueTest, IsSafeAndInjective) {
  EXPECT_EQ(AsHeaderValue("e-1/0/Reserve stock/3"), "e-1/0/Reserve stock/3");
  EXPECT_EQ(AsHeaderValue("100%"), "100%25");
  EXPECT_EQ(AsHeaderValue("a\r\nb"), "a%0D%0Ab");
  EXPECT_EQ(AsHeaderValue("\xC3\xA9"), "%C3%A9");
}

TEST(GrpcConnectorTest, ConfigurationFaultsNameTheField) {
  config::v1::GrpcConnector config;
  const auto fault = [&config] {
    return std::string(MakeGrpcConnector(config).status().message());
  };
  EXPECT_EQ(fault(), "address: missing");
  config.set_address("127.0.0.1:1");
  EXPECT_EQ(fault(), "");
  config.add_addresses("127.0.0.1:2");
  EXPECT_EQ(fault(), "address: not together with addresses");
  config.clear_addresses();
  config.set_channels(0);
  EXPECT_EQ(fault(), "channels: must be 1 to 64");
  config.clear_channels();
  config.set_descriptor_set_file("/nonexistent");
  EXPECT_EQ(fault(), "descriptor_set_file: cannot read a FileDescriptorSet from /nonexistent");
  config.clear_descriptor_set_file();
  (*config.mutable_metadata())["Upper"] = "x";
  EXPECT_EQ(fault(),
            "metadata: \"Upper\" is no metadata key: those are of a-z, 0-9, '-', '_' and '.'");
  config.clear_metadata();
  (*config.mutable_metadata())["traceparent"] = "x";
  EXPECT_EQ(fault(), "metadata: \"traceparent\" is set by Segue");
  config.clear_metadata();
  (*config.mutable_metadata())["grpc-timeout"] = "x";
  EXPECT_EQ(fault(), "metadata: \"grpc-timeout\" begins with \"grpc-\", which is gRPC's own");
  config.clear_metadata();
  (*config.mutable_metadata())["a"] = "x\ny";
  EXPECT_EQ(fault(), "metadata: the value of \"a\" must be printable ASCII");
  config.clear_metadata();
  (*config.mutable_metadata())["a-bin"] = "AQI=";
  EXPECT_EQ(fault(), "");
  config.mutable_tls()->set_ca_file("/nonexistent");
  EXPECT_EQ(fault(), "tls.ca_file: cannot read /nonexistent");
  config.mutable_tls()->clear_ca_file();
  config.mutable_tls()->set_cert_file("/nonexistent");
  EXPECT_EQ(fault(), "tls: cert_file and key_file belong together");
}

TEST(GrpcConnectorTest, CheckMethodKnowsTheSyntax) {
  config::v1::GrpcConnector config;
  config.set_address("127.0.0.1:1");
  const auto connector = MakeGrpcConnector(config);
  ASSERT_TRUE(connector.ok());
  EXPECT_EQ((*connector)->CheckMethod("a.B/C"), std::nullopt);
  EXPECT_EQ((*connector)->CheckMethod("a.B"),
            "\"a.B\" is no gRPC method; expected package.Service/Method");
}

TEST(ReflectionWireTest, EncodesRequests) {
  EXPECT_EQ(FileByNameRequest("ab"), std::string("\x1a\x02"
                                                 "ab"));
  EXPECT_EQ(FileContainingSymbolRequest("ab"), std::string("\x22\x02"
                                                           "ab"));
  EXPECT_EQ(ListServicesRequest(), std::string("\x3a\x01*"));
}

TEST(ReflectionWireTest, ParsesResponsesAndSurvivesRubbish) {
  const auto files =
      ParseReflectionResponse(std::string_view("\x0a\x01h\x22\x06\x0a\x01x\x0a\x01y", 11));
  ASSERT_TRUE(files.has_value());
  EXPECT_EQ(files->files, (std::vector<std::string>{"x", "y"}));
  const auto error = ParseReflectionResponse(std::string_view("\x3a\x05\x08\x05\x12\x01m", 7));
  ASSERT_TRUE(error && error->error);
  EXPECT_EQ(error->error->code, 5);
  EXPECT_EQ(error->error->message, "m");
  const auto services = ParseReflectionResponse(std::string_view("\x32\x05\x0a\x03\x0a\x01s", 7));
  ASSERT_TRUE(services.has_value());
  EXPECT_EQ(services->services, std::vector<std::string>{"s"});
  for (const std::string_view bad : {"\x22\xff\xff\xff\xff\x0f", "\x22\x05x", "\xff", "\x0c"}) {
    EXPECT_FALSE(ParseReflectionResponse(bad).has_value());
  }
}

}  // namespace
}  // namespace segue::services

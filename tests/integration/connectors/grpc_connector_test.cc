#include "services/connector/grpc/grpc_connector.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <gtest/gtest.h>

#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "segue/config/v1/config.pb.h"
#include "services/connector/grpc/grpc_error.h"
#include "tests/integration/connectors/certificates.h"
#include "tests/integration/connectors/echo_server.h"
#include "tests/integration/connectors/event_loop.h"

namespace segue::services {
namespace {

using ::testing::HasSubstr;

constexpr const char* kSay = "segue.test.connectors.Echo/Say";

Call MakeCall(Json arguments, absl::Duration timeout = absl::Seconds(20)) {
  return {.method = kSay,
          .arguments = std::move(arguments),
          .idempotency_key = "e-1/0/Say it/1",
          .trace_parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          .execution_id = "e-1",
          .attempt = 3,
          .deadline = In(timeout)};
}

class GrpcConnectorTest : public ::testing::Test {
 protected:
  // Reflection is on for every server of a program that links it.
  static void SetUpTestSuite() { grpc::reflection::InitProtoReflectionServerBuilderPlugin(); }

  static config::v1::GrpcConnector Config(const std::string& address) {
    config::v1::GrpcConnector config;
    config.set_address(address);
    return config;
  }

  static std::unique_ptr<Connector> Make(const config::v1::GrpcConnector& config) {
    auto connector = MakeGrpcConnector(config);
    EXPECT_TRUE(connector.ok()) << connector.status();
    return *std::move(connector);
  }

  Json Value(const CallResult& result) {
    EXPECT_TRUE(result.outcome.ok())
        << result.outcome.error().name << " " << result.outcome.error().cause;
    return result.outcome.ok() ? *result.outcome : Json();
  }

  EchoServer server_;
  std::unique_ptr<Connector> connector_ = Make(Config(server_.address()));
  EventLoop loop_;
};

TEST_F(GrpcConnectorTest, CallsWithMetadataAndDeadline) {
  Call call = MakeCall(Json::Of({{"text", "h\xC3\xA9llo"},
                                 {"number", "9007199254740993"},
                                 {"tags", Json::List({"a", "b"})}}));
  const absl::Time deadline = call.deadline;
  const CallResult result = loop_.Invoke(*connector_, std::move(call));
  const Json value = Value(result);
  EXPECT_EQ(*value.Find("text"), Json("h\xC3\xA9llo"));
  EXPECT_EQ(*value.Find("number"), Json("9007199254740993"));
  EXPECT_EQ(*value.Find("tags"), Json::List({"a", "b"}));
  const Json& metadata = *value.Find("metadata");
  EXPECT_EQ(*metadata.Find("idempotency-key"), Json("e-1/0/Say it/1"));
  EXPECT_EQ(*metadata.Find("traceparent"),
            Json("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
  EXPECT_EQ(*metadata.Find("segue-execution-id"), Json("e-1"));
  EXPECT_EQ(*metadata.Find("segue-attempt"), Json("3"));
  EXPECT_NEAR(std::stod(*value.FindString("deadline_ms")),
              static_cast<double>(absl::ToUnixMillis(deadline)), 500);
  EXPECT_EQ(result.retry_after, std::nullopt);
}

TEST_F(GrpcConnectorTest, SendsConfiguredMetadataAndSafeKeys) {
  auto config = Config(server_.address());
  (*config.mutable_metadata())["authorization"] = "Bearer x";
  const auto connector = Make(config);
  Call call = MakeCall(Json());
  call.idempotency_key = "e-1/0/R\xC3\xA9server/1";
  const Json value = Value(loop_.Invoke(*connector, std::move(call)));
  EXPECT_EQ(*value.Find("metadata")->Find("authorization"), Json("Bearer x"));
  EXPECT_EQ(*value.Find("metadata")->Find("idempotency-key"), Json("e-1/0/R%C3%A9server/1"));
}

TEST_F(GrpcConnectorTest, EveryStatusHasItsName) {
  for (int code = 1; code <= 16; ++code) {
    const CallResult result = loop_.Invoke(*connector_, MakeCall(Json::Of({{"fail_code", code}})));
    ASSERT_FALSE(result.outcome.ok()) << code;
    EXPECT_EQ(result.outcome.error().name, GrpcErrorName(code));
    EXPECT_EQ(result.outcome.error().cause, R"({"message":"as you say","details":[]})");
    EXPECT_EQ(result.retry_after, std::nullopt);
  }
}

TEST_F(GrpcConnectorTest, CauseCarriesDetailsAlsoOfTheServicesOwnTypes) {
  const CallResult result = loop_.Invoke(
      *connector_, MakeCall(Json::Of({{"fail_code", 9}, {"with_details", Json::Bool(true)}})));
  ASSERT_FALSE(result.outcome.ok());
  const auto cause = Json::Parse(result.outcome.error().cause);
  ASSERT_TRUE(cause.ok());
  const Json::Array& details = cause->Find("details")->array();
  ASSERT_EQ(details.size(), 2u);
  EXPECT_EQ(*details[0].Find("reason"), Json("SOLD_OUT"));
  EXPECT_EQ(*details[1].Find("text"), Json("own type"));
}

TEST_F(GrpcConnectorTest, PushBackIsTheLongerOfBoth) {
  struct Case {
    const char* retry_delay;
    const char* push_back_ms;
    std::optional<absl::Duration> expected;
  };
  const Case cases[] = {
      {"1.5s", "", absl::Milliseconds(1500)},
      {"", "250", absl::Milliseconds(250)},
      {"0.1s", "250", absl::Milliseconds(250)},
      {"2s", "250", absl::Seconds(2)},
      {"", "-1", std::nullopt},
      {"", "soon", std::nullopt},
  };
  for (const Case& c : cases) {
    Json arguments = Json::Of({{"fail_code", 8}, {"push_back_ms", c.push_back_ms}});
    if (*c.retry_delay) arguments = arguments.With("retry_delay", c.retry_delay);
    const CallResult result = loop_.Invoke(*connector_, MakeCall(arguments));
    ASSERT_FALSE(result.outcome.ok());
    EXPECT_EQ(result.outcome.error().name, "Grpc.ResourceExhausted");
    EXPECT_EQ(result.retry_after, c.expected) << c.retry_delay << c.push_back_ms;
  }
}

TEST_F(GrpcConnectorTest, OwnDeadlineIsATimeout) {
  const absl::Time start = absl::Now();
  Call call = MakeCall(Json::Of({{"sleep", "20s"}}), absl::Milliseconds(300));
  const CallResult result = loop_.Invoke(*connector_, std::move(call));
  ASSERT_FALSE(result.outcome.ok());
  EXPECT_EQ(result.outcome.error().name, "States.Timeout");
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

TEST_F(GrpcConnectorTest, DeadlineThatPassedSendsNothing) {
  const CallResult result = loop_.Invoke(*connector_, MakeCall(Json(), -absl::Seconds(1)));
  ASSERT_FALSE(result.outcome.ok());
  EXPECT_EQ(result.outcome.error().name, "States.Timeout");
}

TEST_F(GrpcConnectorTest, CancellingEndsTheCallSoon) {
  async::CancelSource source;
  auto pending = loop_.Start(*connector_, MakeCall(Json::Of({{"sleep", "20s"}})), source.token());
  absl::SleepFor(absl::Milliseconds(200));
  const absl::Time start = absl::Now();
  loop_.Cancel(source);
  const CallResult result = pending.get();
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  ASSERT_FALSE(result.outcome.ok());
  EXPECT_EQ(result.outcome.error().name, "Grpc.Cancelled");
  const CallResult after = loop_.Start(*connector_, MakeCall(Json()), source.token()).get();
  EXPECT_EQ(after.outcome.error().name, "Grpc.Cancelled");
}

TEST_F(GrpcConnectorTest, ResponseOverTheLimitIsResourceExhausted) {
  auto config = Config(server_.address());
  config.set_max_receive_bytes(100000);
  const auto connector = Make(config);
  const auto say = [&](int bytes) {
    return loop_.Invoke(*connector, MakeCall(Json::Of({{"response_bytes", bytes}})));
  };
  EXPECT_EQ(Value(say(90000)).Find("text")->string().size(), 90000u);
  const CallResult result = say(110000);
  ASSERT_FALSE(result.outcome.ok());
  EXPECT_EQ(result.outcome.error().name, "Grpc.ResourceExhausted");
}

TEST_F(GrpcConnectorTest, BadArgumentsNameTheField) {
  struct Case {
    Json arguments;
    const char* cause;
  };
  const Case cases[] = {
      {Json::Of({{"number", "x"}}), "number: expected a 64-bit integer, got \"x\""},
      {Json::Of({{"nope", 1}}), "nope: segue.test.connectors.SayRequest has no such field"},
      {Json::List({1}), "expected an object (segue.test.connectors.SayRequest), got an array"},
  };
  for (const Case& c : cases) {
    const CallResult result = loop_.Invoke(*connector_, MakeCall(c.arguments));
    ASSERT_FALSE(result.outcome.ok());
    EXPECT_EQ(result.outcome.error().name, "Segue.InvalidArguments");
    EXPECT_EQ(result.outcome.error().cause, c.cause);
  }
}

TEST_F(GrpcConnectorTest, UnknownMethodsSayWhatThereIs) {
  struct Case {
    const char* method;
    const char* cause;
  };
  const Case cases[] = {
      {"segue.test.connectors.Echo/Shout",
       "segue.test.connectors.Echo has no method Shout; it has: Say, Listen"},
      {"segue.test.connectors.Eco/Say",
       "the server does not know the service segue.test.connectors.Eco; the server has "},
      {"segue.test.connectors.Echo/Listen", "is a streaming method; only unary ones can be called"},
      {"Say", "is no gRPC method; expected package.Service/Method"},
  };
  for (const Case& c : cases) {
    Call call = MakeCall(Json());
    call.method = c.method;
    const CallResult result = loop_.Invoke(*connector_, std::move(call));
    ASSERT_FALSE(result.outcome.ok());
    EXPECT_EQ(result.outcome.error().name, "Grpc.Unimplemented");
    EXPECT_THAT(result.outcome.error().cause, HasSubstr(c.cause));
  }
}

TEST_F(GrpcConnectorTest, CheckMethodKnowsWhatIsKept) {
  EXPECT_EQ(connector_->CheckMethod("segue.test.connectors.Echo/Shout"), std::nullopt);
  Value(loop_.Invoke(*connector_, MakeCall(Json())));
  EXPECT_EQ(connector_->CheckMethod(kSay), std::nullopt);
  EXPECT_THAT(connector_->CheckMethod("segue.test.connectors.Echo/Shout").value_or(""),
              HasSubstr("has no method Shout; it has: Say, Listen"));
  EXPECT_THAT(connector_->CheckMethod("segue.test.connectors.Echo/Listen").value_or(""),
              HasSubstr("streaming"));
  EXPECT_EQ(connector_->CheckMethod("other.Service/Method"), std::nullopt);
}

TEST_F(GrpcConnectorTest, NobodyListeningIsUnavailable) {
  const auto connector = Make(Config("127.0.0.1:1"));
  const absl::Time start = absl::Now();
  const CallResult result = loop_.Invoke(*connector, MakeCall(Json()));
  ASSERT_FALSE(result.outcome.ok());
  EXPECT_EQ(result.outcome.error().name, "Grpc.Unavailable");
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
}

TEST_F(GrpcConnectorTest, SeveralAddressesAreUsedInTurnAndDeadOnesPassedOver) {
  EchoServer other;
  config::v1::GrpcConnector config;
  config.add_addresses(server_.address());
  config.add_addresses("127.0.0.1:1");
  config.add_addresses(other.address());
  config.set_channels(2);
  const auto connector = Make(config);
  // Until the dead address has been found out.
  for (int i = 0; i < 12; ++i) (void)loop_.Invoke(*connector, MakeCall(Json()));
  absl::SleepFor(absl::Milliseconds(100));
  for (int i = 0; i < 24; ++i) {
    const CallResult result = loop_.Invoke(*connector, MakeCall(Json()));
    if (!result.outcome.ok()) EXPECT_EQ(result.outcome.error().name, "Grpc.Unavailable");
  }
}

TEST_F(GrpcConnectorTest, ManyCallsFromSeveralThreads) {
  EventLoop other_loop;
  std::vector<std::future<CallResult>> pending;
  for (int i = 0; i < 400; ++i) {
    EventLoop& loop = i % 2 ? loop_ : other_loop;
    pending.push_back(loop.Start(*connector_, MakeCall(Json::Of({{"number", i}}))));
  }
  for (int i = 0; i < 400; ++i) {
    EXPECT_EQ(*Value(pending[static_cast<size_t>(i)].get()).Find("number"), Json(absl::StrCat(i)));
  }
}

TEST_F(GrpcConnectorTest, DescriptorSetNeedsNoReflection) {
  google::protobuf::FileDescriptorSet set;
  test::connectors::SayRequest::descriptor()->file()->CopyTo(set.add_file());
  const std::string path = ::testing::TempDir() + "/echo.binpb";
  std::ofstream(path, std::ios::binary) << set.SerializeAsString();
  auto config = Config(server_.address());
  config.set_descriptor_set_file(path);
  const auto connector = Make(config);
  EXPECT_EQ(connector->CheckMethod(kSay), std::nullopt);
  EXPECT_EQ(connector->CheckMethod("no.Such/Method"),
            "there is no service no.Such; there are: segue.test.connectors.Echo");
  EXPECT_EQ(*Value(loop_.Invoke(*connector, MakeCall(Json::Of({{"text", "x"}})))).Find("text"),
            Json("x"));
  Call call = MakeCall(Json());
  call.method = "segue.test.connectors.Echo/Shout";
  EXPECT_EQ(loop_.Invoke(*connector, std::move(call)).outcome.error().name, "Grpc.Unimplemented");
}

TEST_F(GrpcConnectorTest, TlsVerifiesTheServerAndShowsItsOwnCertificate) {
  const Certificates certificates("echo.test");
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = ReadAll(certificates.ca_file());
  options.pem_key_cert_pairs.push_back(
      {ReadAll(certificates.key_file()), ReadAll(certificates.cert_file())});
  EchoServer server(grpc::SslServerCredentials(options));
  auto config = Config(server.address());
  auto* tls = config.mutable_tls();
  tls->set_ca_file(certificates.ca_file());
  tls->set_cert_file(certificates.cert_file());
  tls->set_key_file(certificates.key_file());
  tls->set_server_name("echo.test");
  Value(loop_.Invoke(*Make(config), MakeCall(Json())));
  // The name on the certificate is another.
  tls->set_server_name("other.test");
  EXPECT_EQ(loop_.Invoke(*Make(config), MakeCall(Json())).outcome.error().name, "Grpc.Unavailable");
  // No certificate of our own.
  tls->set_server_name("echo.test");
  tls->clear_cert_file();
  tls->clear_key_file();
  EXPECT_EQ(loop_.Invoke(*Make(config), MakeCall(Json())).outcome.error().name, "Grpc.Unavailable");
}

}  // namespace
}  // namespace segue::services

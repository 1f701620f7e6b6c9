#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "segue/config/v1/config.pb.h"
#include "services/connector/grpc/grpc_connector.h"
#include "tests/integration/connectors/event_loop.h"
#include "tests/integration/connectors/fake_reflection_server.h"

// How the gRPC connector learns message types: against a server whose reflection does as the test
// says.
namespace segue::services {
namespace {

using ::testing::HasSubstr;

Call MakeCall(const std::string& method, Json arguments = Json(),
              absl::Duration timeout = absl::Seconds(20)) {
  return {.method = method,
          .arguments = std::move(arguments),
          .idempotency_key = "k",
          .trace_parent = "",
          .execution_id = "e",
          .attempt = 1,
          .deadline = In(timeout)};
}

std::unique_ptr<Connector> Make(const FakeReflectionServer& server,
                                absl::Duration refetch_interval = absl::ZeroDuration()) {
  config::v1::GrpcConnector config;
  config.set_address(server.address());
  auto connector = MakeGrpcConnector(config, {.refetch_interval = refetch_interval});
  EXPECT_TRUE(connector.ok()) << connector.status();
  return *std::move(connector);
}

std::string ErrorOf(const CallResult& result) {
  return result.outcome.ok() ? "" : result.outcome.error().name;
}

TEST(GrpcReflectionTest, AsksForImportsThatWereNotSent) {
  FakeReflectionServer server(FakeReflection::kV1);
  const auto connector = Make(server);
  EventLoop loop;
  const CallResult result = loop.Invoke(*connector, MakeCall("shop.Stock/Get"));
  ASSERT_EQ(ErrorOf(result), "");
  EXPECT_EQ(*result.outcome, Json::Of({{"item", Json::Of({{"name", "x"}})}}));
}

TEST(GrpcReflectionTest, FallsBackToTheOlderVersion) {
  FakeReflectionServer server(FakeReflection::kV1Alpha);
  const auto connector = Make(server);
  EventLoop loop;
  EXPECT_EQ(ErrorOf(loop.Invoke(*connector, MakeCall("shop.Stock/Get"))), "");
}

TEST(GrpcReflectionTest, ConcurrentFirstCallsFetchOnce) {
  FakeReflectionServer server(FakeReflection::kV1);
  const auto connector = Make(server, absl::Seconds(10));
  EventLoop loop;
  EventLoop other_loop;
  std::vector<std::future<CallResult>> pending;
  for (int i = 0; i < 50; ++i) {
    pending.push_back((i % 2 ? loop : other_loop).Start(*connector, MakeCall("shop.Stock/Get")));
  }
  for (auto& call : pending) EXPECT_EQ(ErrorOf(call.get()), "");
  EXPECT_EQ(server.streams(), 1);
}

TEST(GrpcReflectionTest, WithoutReflectionTheCauseSaysWhatToDo) {
  FakeReflectionServer server(FakeReflection::kAbsent);
  const auto connector = Make(server);
  EventLoop loop;
  const CallResult result = loop.Invoke(*connector, MakeCall("shop.Stock/Get"));
  ASSERT_EQ(ErrorOf(result), "Grpc.Unimplemented");
  EXPECT_THAT(result.outcome.error().cause, HasSubstr("descriptor_set_file"));
}

TEST(GrpcReflectionTest, UnknownServicesAreNotAskedForAgainAtOnce) {
  FakeReflectionServer server(FakeReflection::kV1);
  const auto connector = Make(server, absl::Seconds(10));
  EventLoop loop;
  for (int i = 0; i < 5; ++i) {
    const CallResult result = loop.Invoke(*connector, MakeCall("shop.Stok/Get"));
    ASSERT_EQ(ErrorOf(result), "Grpc.Unimplemented");
    EXPECT_THAT(result.outcome.error().cause, HasSubstr("the server has shop.Stock"));
  }
  EXPECT_EQ(server.streams(), 1);
}

TEST(GrpcReflectionTest, MethodAddedLaterIsFound) {
  FakeReflectionServer server(FakeReflection::kV1);
  const auto connector = Make(server);
  EventLoop loop;
  EXPECT_EQ(ErrorOf(loop.Invoke(*connector, MakeCall("shop.Stock/Get"))), "");
  EXPECT_EQ(ErrorOf(loop.Invoke(*connector, MakeCall("shop.Stock/Find"))), "Grpc.Unimplemented");
  server.AddMethod("Find");
  EXPECT_EQ(ErrorOf(loop.Invoke(*connector, MakeCall("shop.Stock/Find"))), "");
  EXPECT_EQ(connector->CheckMethod("shop.Stock/Find"), std::nullopt);
}

TEST(GrpcReflectionTest, MethodThatWentAwayIsForgotten) {
  FakeReflectionServer server(FakeReflection::kV1);
  server.AddMethod("Find");
  const auto connector = Make(server);
  EventLoop loop;
  EXPECT_EQ(ErrorOf(loop.Invoke(*connector, MakeCall("shop.Stock/Find"))), "");
  auto types = server.types();
  types.mutable_service(0)->mutable_method()->RemoveLast();
  server.SetTypes(types);
  const CallResult first = loop.Invoke(*connector, MakeCall("shop.Stock/Find"));
  EXPECT_THAT(first.outcome.error().cause, HasSubstr("no such method"));
  const CallResult second = loop.Invoke(*connector, MakeCall("shop.Stock/Find"));
  EXPECT_THAT(second.outcome.error().cause, HasSubstr("shop.Stock has no method Find"));
}

TEST(GrpcReflectionTest, FieldAddedLaterIsSent) {
  FakeReflectionServer server(FakeReflection::kV1);
  const auto connector = Make(server);
  EventLoop loop;
  const Json arguments = Json::Of({{"sku", "1"}, {"shelf", "2"}});
  EXPECT_EQ(ErrorOf(loop.Invoke(*connector, MakeCall("shop.Stock/Get", arguments))),
            "Segue.InvalidArguments");
  server.AddField(0, "shelf", 2);
  EXPECT_EQ(ErrorOf(loop.Invoke(*connector, MakeCall("shop.Stock/Get", arguments))), "");
}

TEST(GrpcReflectionTest, FieldAddedToTheResponseIsSeenInTheNextCall) {
  FakeReflectionServer server(FakeReflection::kV1);
  const auto connector = Make(server);
  EventLoop loop;
  (void)loop.Invoke(*connector, MakeCall("shop.Stock/Get"));
  server.AddField(1, "note", 2);
  server.set_answer(std::string("\x12\x01n", 3));
  EXPECT_EQ(*loop.Invoke(*connector, MakeCall("shop.Stock/Get")).outcome, Json(Json::Object()));
  EXPECT_EQ(*loop.Invoke(*connector, MakeCall("shop.Stock/Get")).outcome,
            Json::Of({{"note", "n"}}));
}

TEST(GrpcReflectionTest, KeptTypesOutliveAFetchThatFails) {
  FakeReflectionServer server(FakeReflection::kV1);
  const auto connector = Make(server);
  EventLoop loop;
  EXPECT_EQ(ErrorOf(loop.Invoke(*connector, MakeCall("shop.Stock/Get"))), "");
  server.set_reflection(FakeReflection::kAbsent);
  EXPECT_EQ(ErrorOf(loop.Invoke(*connector, MakeCall("shop.Stock/Nope"))), "Grpc.Unimplemented");
  EXPECT_EQ(ErrorOf(loop.Invoke(*connector, MakeCall("shop.Stock/Get"))), "");
}

TEST(GrpcReflectionTest, RubbishIsAnError) {
  FakeReflectionServer server(FakeReflection::kRubbish);
  const auto connector = Make(server);
  EventLoop loop;
  const CallResult result = loop.Invoke(*connector, MakeCall("shop.Stock/Get"));
  EXPECT_EQ(ErrorOf(result), "Grpc.Internal");
}

TEST(GrpcReflectionTest, MalformedResponseIsAnError) {
  FakeReflectionServer server(FakeReflection::kV1);
  server.set_answer("\xff\xff");
  const auto connector = Make(server);
  EventLoop loop;
  const CallResult result = loop.Invoke(*connector, MakeCall("shop.Stock/Get"));
  ASSERT_EQ(ErrorOf(result), "Grpc.Internal");
  EXPECT_THAT(result.outcome.error().cause, HasSubstr("no valid shop.GetResponse"));
}

TEST(GrpcReflectionTest, ReflectionThatHangsEndsWithTheCallsDeadline) {
  FakeReflectionServer server(FakeReflection::kHangs);
  const auto connector = Make(server);
  EventLoop loop;
  auto leader = loop.Start(*connector, MakeCall("shop.Stock/Get", Json(), absl::Milliseconds(600)));
  absl::SleepFor(absl::Milliseconds(100));
  // Who waits for another's fetch keeps its own deadline.
  const absl::Time start = absl::Now();
  auto waiter = loop.Start(*connector, MakeCall("shop.Stock/Get", Json(), absl::Milliseconds(200)));
  EXPECT_EQ(ErrorOf(waiter.get()), "States.Timeout");
  EXPECT_LT(absl::Now() - start, absl::Milliseconds(450));
  EXPECT_EQ(ErrorOf(leader.get()), "States.Timeout");
}

TEST(GrpcReflectionTest, ACancelledFetchPassesToAWaiter) {
  FakeReflectionServer server(FakeReflection::kHangs);
  const auto connector = Make(server);
  EventLoop loop;
  async::CancelSource leader_source;
  async::CancelSource waiter_source;
  auto leader = loop.Start(*connector, MakeCall("shop.Stock/Get"), leader_source.token());
  absl::SleepFor(absl::Milliseconds(100));
  auto waiter = loop.Start(*connector, MakeCall("shop.Stock/Get"));
  auto cancelled_waiter = loop.Start(*connector, MakeCall("shop.Stock/Get"), waiter_source.token());
  absl::SleepFor(absl::Milliseconds(100));
  loop.Cancel(waiter_source);
  EXPECT_EQ(ErrorOf(cancelled_waiter.get()), "Grpc.Cancelled");
  server.set_reflection(FakeReflection::kV1);
  loop.Cancel(leader_source);
  EXPECT_EQ(ErrorOf(leader.get()), "Grpc.Cancelled");
  EXPECT_EQ(ErrorOf(waiter.get()), "");
}

}  // namespace
}  // namespace segue::services

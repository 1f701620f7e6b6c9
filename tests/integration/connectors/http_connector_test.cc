#include "services/connector/http/http_connector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "segue/config/v1/config.pb.h"
#include "tests/integration/connectors/certificates.h"
#include "tests/integration/connectors/echo_server.h"
#include "tests/integration/connectors/event_loop.h"
#include "tests/integration/connectors/http_server.h"

namespace segue::services {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

// Tells the request as JSON.
std::optional<std::string> Echo(const HttpServerRequest& request) {
  Json headers{Json::Object()};
  for (const auto& field : request) {
    headers = headers.With(std::string(field.name_string()), std::string(field.value()));
  }
  return HttpServer::Json(Json::Of({{"method", std::string(request.method_string())},
                                    {"target", std::string(request.target())},
                                    {"headers", headers},
                                    {"body", request.body()}})
                              .Dump());
}

Call MakeCall(Json arguments, absl::Duration timeout = absl::Seconds(20)) {
  return {.method = "",
          .arguments = std::move(arguments),
          .idempotency_key = "e-1/0/Charge card \xC3\xA9/1",
          .trace_parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          .execution_id = "e-1",
          .attempt = 1,
          .deadline = In(timeout)};
}

class HttpConnectorTest : public ::testing::Test {
 protected:
  std::unique_ptr<Connector> Make(const std::string& base_url) {
    config::v1::HttpConnector config;
    config.set_base_url(base_url);
    return Make(config);
  }
  std::unique_ptr<Connector> Make(const config::v1::HttpConnector& config) {
    auto connector = MakeHttpConnector(config, engine_);
    EXPECT_TRUE(connector.ok()) << connector.status();
    return *std::move(connector);
  }
  std::unique_ptr<Connector> MakeInvoke() {
    return *MakeHttpInvokeConnector(config::v1::HttpInvoke(), engine_);
  }
  CallResult Fetch(const std::string& base_url, Json arguments = Json()) {
    const auto connector = Make(base_url);
    return loop_.Invoke(*connector, MakeCall(std::move(arguments)));
  }
  Json Value(const CallResult& result) {
    EXPECT_TRUE(result.outcome.ok())
        << result.outcome.error().name << " " << result.outcome.error().cause;
    return result.outcome.ok() ? *result.outcome : Json();
  }
  Json Body(const CallResult& result) {
    const Json value = Value(result);
    const Json* body = value.Find("ResponseBody");
    return body ? *body : Json();
  }
  std::string ErrorOf(const CallResult& result) {
    return result.outcome.ok() ? "" : result.outcome.error().name;
  }

  HttpEngine engine_;
  EventLoop loop_;
};

TEST_F(HttpConnectorTest, SendsAndReceivesJson) {
  HttpServer server(Echo);
  const CallResult result =
      Fetch(server.url() + "/v1/", Json::Of({{"Method", "PUT"},
                                             {"Path", "orders/7"},
                                             {"QueryParameters", Json::Of({{"q", "a b&c"}})},
                                             {"Headers", Json::Of({{"X-Own", "1"}})},
                                             {"RequestBody", Json::Of({{"n", 1}})}}));
  const Json value = Value(result);
  EXPECT_EQ(*value.Find("StatusCode"), Json(200));
  EXPECT_EQ(*value.Find("StatusText"), Json("OK"));
  EXPECT_EQ(*value.Find("Headers")->Find("content-type"), Json::List({"application/json"}));
  const Json& seen = *value.Find("ResponseBody");
  EXPECT_EQ(*seen.Find("method"), Json("PUT"));
  EXPECT_EQ(*seen.Find("target"), Json("/v1/orders/7?q=a%20b%26c"));
  EXPECT_EQ(*seen.Find("body"), Json(R"({"n":1})"));
  const Json& headers = *seen.Find("headers");
  EXPECT_EQ(*headers.Find("Content-Type"), Json("application/json"));
  EXPECT_EQ(*headers.Find("X-Own"), Json("1"));
  EXPECT_EQ(*headers.Find("Idempotency-Key"), Json("e-1/0/Charge card %C3%A9/1"));
  EXPECT_EQ(*headers.Find("traceparent"),
            Json("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
  EXPECT_EQ(headers.Find("Expect"), nullptr);
}

TEST_F(HttpConnectorTest, EveryMethodArrivesAsItself) {
  HttpServer server([](const HttpServerRequest& request) -> std::optional<std::string> {
    if (request.method_string() == "HEAD") {
      return "HTTP/1.1 200 OK\r\nX-Method: HEAD\r\nContent-Length: 5\r\n\r\n";
    }
    return Echo(request);
  });
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    const Json body = Body(Fetch(server.url(), Json::Of({{"Method", method}})));
    EXPECT_EQ(*body.Find("method"), Json(method));
    EXPECT_EQ(body.Find("headers")->Find("Content-Type"), nullptr);
  }
  const Json head = Value(Fetch(server.url(), Json::Of({{"Method", "HEAD"}})));
  EXPECT_EQ(*head.Find("Headers")->Find("x-method"), Json::List({"HEAD"}));
  EXPECT_EQ(*head.Find("ResponseBody"), Json(""));
  EXPECT_EQ(*Body(Fetch(server.url())).Find("method"), Json("GET"));
  EXPECT_EQ(*Body(Fetch(server.url(), Json::Of({{"RequestBody", 1}}))).Find("method"),
            Json("POST"));
}

TEST_F(HttpConnectorTest, ConnectionsAreKept) {
  HttpServer server(Echo);
  const auto connector = Make(server.url());
  for (int i = 0; i < 20; ++i) Value(loop_.Invoke(*connector, MakeCall(Json())));
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(server.requests(), 20);
}

TEST_F(HttpConnectorTest, ManyAtOnce) {
  HttpServer server(Echo);
  const auto connector = Make(server.url());
  std::vector<std::future<CallResult>> pending;
  for (int i = 0; i < 100; ++i) {
    pending.push_back(loop_.Start(*connector, MakeCall(Json::Of({{"Path", absl::StrCat(i)}}))));
  }
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(*Body(pending[static_cast<size_t>(i)].get()).Find("target"),
              Json(absl::StrCat("/", i)));
  }
}

TEST_F(HttpConnectorTest, StatusesFrom300AreErrorsAndNothingIsFollowed) {
  int status = 0;
  HttpServer server([&status](const HttpServerRequest&) {
    return HttpServer::Reply(absl::StrCat(status, " Some Text"), "Location: /other\r\n", "why");
  });
  for (status = 300; status <= 511; ++status) {
    if (status == 304) continue;  // no body by definition
    const CallResult result = Fetch(server.url());
    EXPECT_EQ(ErrorOf(result), absl::StrCat("Http.StatusCode.", status));
    EXPECT_EQ(result.outcome.error().cause, "why");
    EXPECT_EQ(result.retry_after, std::nullopt);
  }
  EXPECT_EQ(server.requests(), 211);
}

TEST_F(HttpConnectorTest, RetryAfterIsPushBack) {
  std::string header;
  HttpServer server([&header](const HttpServerRequest&) {
    return HttpServer::Reply("503 Service Unavailable", header, "");
  });
  header = "Retry-After: 7\r\n";
  CallResult result = Fetch(server.url());
  EXPECT_EQ(result.retry_after, absl::Seconds(7));
  EXPECT_EQ(result.outcome.error().cause, "503 Service Unavailable");
  header = absl::StrCat(
      "Retry-After: ",
      absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", In(absl::Seconds(100)), absl::UTCTimeZone()),
      "\r\n");
  result = Fetch(server.url());
  ASSERT_TRUE(result.retry_after.has_value());
  EXPECT_GT(*result.retry_after, absl::Seconds(90));
  EXPECT_LE(*result.retry_after, absl::Seconds(100));
  header = "Retry-After: soon\r\n";
  EXPECT_EQ(Fetch(server.url()).retry_after, std::nullopt);
}

TEST_F(HttpConnectorTest, BodiesByTheirType) {
  std::string headers;
  std::string body;
  HttpServer server(
      [&](const HttpServerRequest&) { return HttpServer::Reply("200 OK", headers, body); });
  headers = "Content-Type: application/problem+json; charset=utf-8\r\n";
  body = "[1]";
  EXPECT_EQ(Body(Fetch(server.url())), Json::List({1}));
  headers = "Content-Type: text/plain\r\nX-Two: a\r\nx-two: b\r\n";
  EXPECT_EQ(Body(Fetch(server.url())), Json("[1]"));
  EXPECT_EQ(*Value(Fetch(server.url())).Find("Headers")->Find("x-two"), Json::List({"a", "b"}));
  headers = "Content-Type: application/json\r\n";
  body = "";
  EXPECT_EQ(Body(Fetch(server.url())), Json(""));
  body = "{\"a\":";
  const CallResult malformed = Fetch(server.url());
  EXPECT_EQ(ErrorOf(malformed), "Http.MalformedResponse");
  EXPECT_THAT(malformed.outcome.error().cause, HasSubstr("invalid JSON at line 1"));
  headers = "";
  body = "\xff\xfe";
  const Json binary = Value(Fetch(server.url()));
  EXPECT_EQ(*binary.Find("ResponseBody"), Json("//4="));
  EXPECT_EQ(*binary.Find("ResponseBodyEncoding"), Json("BASE64"));
}

TEST_F(HttpConnectorTest, ResponsesOverTheLimitAreErrors) {
  std::string reply;
  HttpServer server([&reply](const HttpServerRequest&) { return reply; });
  config::v1::HttpConnector config;
  config.set_base_url(server.url());
  config.set_max_response_bytes(1000);
  const auto connector = Make(config);
  const auto fetch = [&] { return loop_.Invoke(*connector, MakeCall(Json())); };
  reply = HttpServer::Reply("200 OK", "", std::string(1000, 'x'));
  EXPECT_EQ(Body(fetch()).string().size(), 1000u);
  reply = HttpServer::Reply("200 OK", "", std::string(1001, 'x'));
  EXPECT_EQ(ErrorOf(fetch()), "Http.ResponseTooLarge");
  // Without a length announced.
  reply = absl::StrCat("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n",
                       std::string(2000, 'x'), "\r\n0\r\n\r\n");
  EXPECT_EQ(ErrorOf(fetch()), "Http.ResponseTooLarge");
  // In the headers.
  reply = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 300; ++i)
    absl::StrAppend(&reply, "X-", i, ": ", std::string(1000, 'x'), "\r\n");
  reply += "Content-Length: 0\r\n\r\n";
  EXPECT_EQ(ErrorOf(fetch()), "Http.ResponseTooLarge");
}

TEST_F(HttpConnectorTest, DeadlineIsATimeout) {
  HttpServer server([](const HttpServerRequest&) {
    absl::SleepFor(absl::Seconds(1));
    return HttpServer::Json("{}");
  });
  const auto connector = Make(server.url());
  const absl::Time start = absl::Now();
  const CallResult result = loop_.Invoke(*connector, MakeCall(Json(), absl::Milliseconds(200)));
  EXPECT_EQ(ErrorOf(result), "States.Timeout");
  EXPECT_LT(absl::Now() - start, absl::Milliseconds(800));
  EXPECT_EQ(ErrorOf(loop_.Invoke(*connector, MakeCall(Json(), -absl::Seconds(1)))),
            "States.Timeout");
}

TEST_F(HttpConnectorTest, CancellingEndsTheCallSoon) {
  HttpServer server([](const HttpServerRequest&) {
    absl::SleepFor(absl::Seconds(1));
    return HttpServer::Json("{}");
  });
  const auto connector = Make(server.url());
  async::CancelSource source;
  const absl::Time start = absl::Now();
  auto pending = loop_.Start(*connector, MakeCall(Json()), source.token());
  absl::SleepFor(absl::Milliseconds(100));
  loop_.Cancel(source);
  EXPECT_EQ(ErrorOf(pending.get()), "Http.Cancelled");
  EXPECT_LT(absl::Now() - start, absl::Milliseconds(800));
}

TEST_F(HttpConnectorTest, SocketFailuresHaveTheirName) {
  const CallResult refused = Fetch("http://127.0.0.1:1");
  EXPECT_EQ(ErrorOf(refused), "States.Http.Socket");
  EXPECT_THAT(refused.outcome.error().cause, HasSubstr("127.0.0.1 port 1"));
  EXPECT_EQ(ErrorOf(Fetch("http://no-such-host.invalid")), "States.Http.Socket");
  HttpServer rubbish([](const HttpServerRequest&) { return "rubbish\r\n\r\n"; });
  EXPECT_EQ(ErrorOf(Fetch(rubbish.url())), "States.Http.Socket");
}

TEST_F(HttpConnectorTest, ARequestIsNeverSentTwice) {
  std::atomic<int> count = 0;  // each connection has a thread of its own
  // The second request on a connection that was kept gets no answer: libcurl would send it again.
  HttpServer server([&count](const HttpServerRequest&) -> std::optional<std::string> {
    if (++count == 2) return std::nullopt;
    return HttpServer::Json("{}");
  });
  const auto connector = Make(server.url());
  Value(loop_.Invoke(*connector, MakeCall(Json())));
  EXPECT_EQ(ErrorOf(loop_.Invoke(*connector, MakeCall(Json()))), "States.Http.Socket");
  EXPECT_EQ(server.requests(), 2);
  Value(loop_.Invoke(*connector, MakeCall(Json())));
}

TEST_F(HttpConnectorTest, ABrokenOffBodyIsASocketFailure) {
  HttpServer server([](const HttpServerRequest& request) -> std::optional<std::string> {
    if (request.target() == "/again") return std::nullopt;
    return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nhalf";
  });
  const auto connector = Make(server.url());
  // The server keeps the connection open: only the deadline ends this.
  EXPECT_EQ(ErrorOf(loop_.Invoke(*connector, MakeCall(Json(), absl::Milliseconds(200)))),
            "States.Timeout");
}

TEST_F(HttpConnectorTest, BadArgumentsSendNothing) {
  HttpServer server(Echo);
  struct Case {
    Json arguments;
    const char* cause;
  };
  const Case cases[] = {
      {Json::List({1}), "expected an object"},
      {Json::Of({{"Methd", "GET"}}), "Methd: no such argument; there are Method, Path"},
      {Json::Of({{"Method", "get"}}), "Method: expected one of GET, POST"},
      {Json::Of({{"Path", 1}}), "Path: expected a string"},
      {Json::Of({{"Path", "/../admin"}}), "Path: \".\" and \"..\" cannot be segments"},
      {Json::Of({{"Headers", Json::Of({{"X", "a\r\nY: b"}})}}),
       "Headers.X: control characters cannot stand in a header"},
      {Json::Of({{"Headers", Json::Of({{"X: y\r\nZ", "a"}})}}), "not a header name"},
      {Json::Of({{"Headers", Json::Of({{"Content-Length", "1"}})}}),
       "Headers.Content-Length: cannot be set"},
      {Json::Of({{"QueryParameters", "x"}}), "QueryParameters: expected an object"},
  };
  for (const Case& c : cases) {
    const CallResult result = Fetch(server.url(), c.arguments);
    ASSERT_EQ(ErrorOf(result), "Segue.InvalidArguments");
    EXPECT_THAT(result.outcome.error().cause, HasSubstr(c.cause));
  }
  EXPECT_EQ(server.requests(), 0);
}

TEST_F(HttpConnectorTest, InvokeTakesEndpointAndTransform) {
  HttpServer server(Echo);
  const auto connector = MakeInvoke();
  const Json arguments =
      Json::Of({{"ApiEndpoint", server.url() + "/v1/charges?a=1"},
                {"Method", "POST"},
                {"QueryParameters", Json::Of({{"b", "2"}})},
                {"Transform",
                 Json::Of({{"RequestBodyEncoding", "URL_ENCODED"},
                           {"RequestEncodingOptions", Json::Of({{"ArrayFormat", "BRACKETS"}})}})},
                {"RequestBody", Json::Of({{"amount", 5}, {"tags", Json::List({"x", "y"})}})}});
  const Json body = Body(loop_.Invoke(*connector, MakeCall(arguments)));
  EXPECT_EQ(*body.Find("target"), Json("/v1/charges?a=1&b=2"));
  EXPECT_EQ(*body.Find("body"), Json("amount=5&tags%5B%5D=x&tags%5B%5D=y"));
  EXPECT_EQ(*body.Find("headers")->Find("Content-Type"), Json("application/x-www-form-urlencoded"));
}

TEST_F(HttpConnectorTest, InvokeNeedsTheConnectionThatItNames) {
  HttpServer server(Echo);
  const auto connector = MakeInvoke();
  const Json arguments =
      Json::Of({{"ApiEndpoint", server.url()},
                {"Method", "GET"},
                {"Authentication", Json::Of({{"ConnectionArn", "arn:aws:events:x"}})}});
  EXPECT_EQ(ErrorOf(loop_.Invoke(*connector, MakeCall(arguments))),
            "Events.ConnectionResource.InvalidConnectionState");
  EXPECT_EQ(server.requests(), 0);
}

// "A secret includes the data that an EventBridge connection adds" (TestState, revealSecrets).
TEST_F(HttpConnectorTest, InvokeShowsWhatItSendsAndGets) {
  HttpServer server([](const HttpServerRequest&) { return HttpServer::Json("{\"n\":1}"); });
  config::v1::HttpInvoke config;
  config::v1::HttpConnection& connection = *config.add_connections();
  connection.set_name("crm");
  (*connection.mutable_query_parameters())["key"] = "k";
  connection.mutable_basic()->set_username("ann");
  connection.mutable_basic()->set_password("tea");
  const auto connector = *MakeHttpInvokeConnector(config, engine_);
  const auto traced = [&](HttpTrace::Secrets secrets, Json more) {
    Json arguments = Json::Of({{"ApiEndpoint", server.url() + "/orders"},
                               {"Method", "POST"},
                               {"Headers", Json::Of({{"X-Own", "1"}})},
                               {"RequestBody", Json::Of({{"amount", 5}})}});
    for (const auto& [name, value] : more.object()) arguments = arguments.With(name, value);
    Call call = MakeCall(arguments);
    call.trace = std::make_shared<HttpTrace>();
    call.trace->secrets = secrets;
    const std::shared_ptr<HttpTrace> trace = call.trace;
    loop_.Invoke(*connector, std::move(call));
    return *trace;
  };
  const Json by_crm = Json::Of(
      {{"Authentication", Json::Of({{"ConnectionArn", "arn:aws:events:x:y:connection/crm/1"}})}});
  const std::pair<std::string, std::string> secret("Authorization", "Basic YW5uOnRlYQ==");

  const HttpTrace hidden = traced(HttpTrace::Secrets::kHide, by_crm);
  ASSERT_TRUE(hidden.request && hidden.response);
  EXPECT_EQ(hidden.request->method, "POST");
  EXPECT_EQ(hidden.request->url, server.url() + "/orders");
  EXPECT_EQ(hidden.request->body, "{\"amount\":5}");
  EXPECT_THAT(hidden.request->headers, Contains(Pair("X-Own", "1")));
  EXPECT_THAT(hidden.request->headers, Contains(Pair("User-Agent", "segue")));
  EXPECT_THAT(hidden.request->headers, Not(Contains(secret)));
  EXPECT_EQ(hidden.response->status, 200);
  EXPECT_EQ(hidden.response->status_text, "OK");
  EXPECT_EQ(hidden.response->body, "{\"n\":1}");
  EXPECT_THAT(hidden.response->headers, Contains(Pair("content-type", "application/json")));

  const HttpTrace revealed = traced(HttpTrace::Secrets::kReveal, by_crm);
  ASSERT_TRUE(revealed.request);
  EXPECT_EQ(revealed.request->url, server.url() + "/orders?key=k");
  EXPECT_THAT(revealed.request->headers, Contains(secret));

  const Json nowhere = Json::Of({{"ApiEndpoint", "http://127.0.0.1:1/"}});
  const HttpTrace unanswered = traced(HttpTrace::Secrets::kHide, nowhere);
  EXPECT_TRUE(unanswered.request);
  EXPECT_FALSE(unanswered.response);
  const Json unknown = Json::Of({{"Authentication", Json::Of({{"ConnectionArn", "other"}})}});
  EXPECT_FALSE(traced(HttpTrace::Secrets::kReveal, unknown).request) << "nothing was sent";
}

TEST_F(HttpConnectorTest, InvokeNamesStatusesAsAwsDoes) {
  HttpServer server(
      [](const HttpServerRequest&) { return HttpServer::Json("{}", "429 Slow Down"); });
  const auto connector = MakeInvoke();
  const CallResult result = loop_.Invoke(
      *connector, MakeCall(Json::Of({{"ApiEndpoint", server.url()}, {"Method", "GET"}})));
  EXPECT_EQ(ErrorOf(result), "States.Http.StatusCode.429");
  EXPECT_EQ(result.outcome.error().cause, "{}");
  for (const char* url : {"ftp://127.0.0.1/", "file:///etc/passwd", "127.0.0.1", "http://"}) {
    EXPECT_EQ(ErrorOf(loop_.Invoke(*connector,
                                   MakeCall(Json::Of({{"ApiEndpoint", url}, {"Method", "GET"}})))),
              "Segue.InvalidArguments")
        << url;
  }
}

TEST_F(HttpConnectorTest, InvokeCanBeForbidden) {
  config::v1::HttpInvoke config;
  config.set_allowed(false);
  const auto connector = MakeHttpInvokeConnector(config, engine_);
  ASSERT_TRUE(connector.ok());
  EXPECT_TRUE((*connector)->CheckMethod("").has_value());
  EXPECT_EQ(ErrorOf(loop_.Invoke(**connector, MakeCall(Json()))), "Http.NotAllowed");
}

TEST_F(HttpConnectorTest, TlsVerifiesTheServer) {
  const Certificates certificates("web.test");
  HttpServer server(Echo, &certificates);
  config::v1::HttpConnector config;
  config.set_base_url(server.url());
  config.mutable_tls()->set_ca_file(certificates.ca_file());
  config.mutable_tls()->set_server_name("web.test");
  const auto fetch = [&] {
    const auto connector = Make(config);
    return loop_.Invoke(*connector, MakeCall(Json()));
  };
  EXPECT_EQ(*Body(fetch()).Find("headers")->Find("Host"),
            Json(absl::StrCat("127.0.0.1:", server.port())));
  config.mutable_tls()->set_server_name("other.test");
  EXPECT_EQ(ErrorOf(fetch()), "States.Http.Socket");
  config.mutable_tls()->clear_server_name();
  EXPECT_EQ(ErrorOf(fetch()), "States.Http.Socket");
  config.mutable_tls()->set_server_name("web.test");
  config.mutable_tls()->clear_ca_file();
  EXPECT_EQ(ErrorOf(fetch()), "States.Http.Socket");
}

// A gRPC server speaks nothing but HTTP/2. Without a body: a server that answers before it has read
// the body resets the stream, and whether libcurl then still sees the answer is a matter of timing.
TEST_F(HttpConnectorTest, SpeaksHttp2OverTls) {
  const Certificates certificates("grpc.test");
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back(
      {ReadAll(certificates.key_file()), ReadAll(certificates.cert_file())});
  EchoServer server(grpc::SslServerCredentials(options));
  config::v1::HttpConnector config;
  config.set_base_url("https://" + server.address());
  config.mutable_tls()->set_ca_file(certificates.ca_file());
  config.mutable_tls()->set_server_name("grpc.test");
  const auto connector = Make(config);
  const CallResult result = loop_.Invoke(
      *connector,
      MakeCall(Json::Of({{"Path", "/no.Such/Method"},
                         {"Method", "POST"},
                         {"Headers", Json::Of({{"Content-Type", "application/grpc"}})}})));
  ASSERT_TRUE(result.outcome.ok()) << result.outcome.error().name << result.outcome.error().cause;
  EXPECT_EQ(*result.outcome->Find("Headers")->Find("content-type"),
            Json::List({"application/grpc"}));
  EXPECT_EQ(*result.outcome->Find("StatusText"), Json("OK"));
}

}  // namespace
}  // namespace segue::services

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "segue/config/v1/config.pb.h"
#include "services/connector/http/connections.h"
#include "services/connector/http/http_connector.h"
#include "services/connector/http/http_message.h"
#include "services/connector/http/http_url.h"
#include "services/connector/http/utf8.h"

namespace segue::services {
namespace {

using ::testing::HasSubstr;

std::string Fault(const absl::Status& status) { return std::string(status.message()); }

TEST(HttpUrlTest, ChecksUrls) {
  struct Case {
    const char* url;
    const char* result;  // empty: refused
  };
  constexpr Case kCases[] = {
      {"http://a", "http://a"},
      {"HTTPS://a.b:8443/c?d=e", "HTTPS://a.b:8443/c?d=e"},
      {"http://[::1]:80/x", "http://[::1]:80/x"},
      {"http://a/b c\"d", "http://a/b%20c%22d"},
      {"http://a/\xC3\xA9", "http://a/%C3%A9"},
      {"http://a/%2F%zz", "http://a/%2F%25zz"},
      {"http://a?x=1", "http://a?x=1"},
      {"", ""},
      {"a.b/c", ""},
      {"ftp://a", ""},
      {"file:///etc/passwd", ""},
      {"http://", ""},
      {"http:///x", ""},
      {"http://:80/", ""},
      {"http://user:password@a/", ""},
      {"http://a\\@b/", ""},
      {"http://a b/", ""},
      {"http://a/#x", ""},
      {"http://a/\r\nHost: b", ""},
      {" http://a", ""},
  };
  for (const Case& c : kCases) {
    const auto result = CheckUrl(c.url);
    EXPECT_EQ(result.ok() ? *result : "", c.result) << c.url << " " << result.status();
  }
}

TEST(HttpUrlTest, JoinsPathsSafely) {
  struct Case {
    const char* base;
    const char* path;
    const char* result;  // empty: refused
  };
  constexpr Case kCases[] = {
      {"http://a", "", "http://a"},
      {"http://a/v1/", "", "http://a/v1/"},
      {"http://a", "b", "http://a/b"},
      {"http://a/", "/b", "http://a/b"},
      {"http://a/v1", "b/c", "http://a/v1/b/c"},
      {"http://a/v1/", "/b//c/", "http://a/v1/b//c/"},
      {"http://a", "b c%2Fd%", "http://a/b%20c%2Fd%25"},
      {"http://a", "//evil.com/x", "http://a//evil.com/x"},
      {"http://a", "@evil.com", "http://a/@evil.com"},
      {"http://a", "..b/...", "http://a/..b/..."},
      {"http://a/v1", "..", ""},
      {"http://a/v1", "/../x", ""},
      {"http://a/v1", "x/%2e%2E/y", ""},
      {"http://a/v1", "x\\..\\y", ""},
      {"http://a/v1", "./x", ""},
      {"http://a/v1", "x?y=1", ""},
      {"http://a/v1", "x#y", ""},
      {"http://a/v1", "x\ny", ""},
  };
  for (const Case& c : kCases) {
    const auto result = JoinUrl(c.base, c.path);
    EXPECT_EQ(result.ok() ? *result : "", c.result) << c.base << " " << c.path;
  }
}

TEST(HttpUrlTest, AddsQueryParameters) {
  const Json parameters = Json::Of({{"a b", "c&d=e"},
                                    {"n", 1},
                                    {"f", 1.5},
                                    {"t", Json::Bool(true)},
                                    {"z", Json()},
                                    {"l", Json::List({"x", 2})}});
  EXPECT_EQ(*WithQuery("http://a", parameters),
            "http://a?a%20b=c%26d%3De&n=1&f=1.5&t=true&z=&l=x&l=2");
  EXPECT_EQ(*WithQuery("http://a?b=1", Json::Of({{"c", "2"}})), "http://a?b=1&c=2");
  EXPECT_EQ(*WithQuery("http://a", Json(Json::Object())), "http://a");
  EXPECT_EQ(Fault(WithQuery("http://a", Json::Of({{"x", Json(Json::Object())}})).status()),
            "QueryParameters.x: expected a string, number or boolean");
}

TEST(HttpUrlTest, EncodesForms) {
  const Json body = Json::Of({{"s", "a b+c"},
                              {"l", Json::List({"x", "y"})},
                              {"o", Json::Of({{"p", Json::Of({{"q", 1}})}})},
                              {"e", Json(Json::Array{})}});
  EXPECT_EQ(*FormEncode(body, ArrayFormat::kIndices),
            "s=a%20b%2Bc&l%5B0%5D=x&l%5B1%5D=y&o%5Bp%5D%5Bq%5D=1");
  EXPECT_EQ(*FormEncode(body, ArrayFormat::kRepeat), "s=a%20b%2Bc&l=x&l=y&o%5Bp%5D%5Bq%5D=1");
  EXPECT_EQ(*FormEncode(body, ArrayFormat::kBrackets),
            "s=a%20b%2Bc&l%5B%5D=x&l%5B%5D=y&o%5Bp%5D%5Bq%5D=1");
  EXPECT_EQ(*FormEncode(body, ArrayFormat::kCommas), "s=a%20b%2Bc&l=x%2Cy&o%5Bp%5D%5Bq%5D=1&e=");
  EXPECT_FALSE(FormEncode(Json("x"), ArrayFormat::kRepeat).ok());
}

TEST(HttpMessageTest, ParsesRetryAfter) {
  const absl::Time now = absl::FromUnixSeconds(784111777);  // Sun, 06 Nov 1994 08:49:37 GMT
  struct Case {
    const char* text;
    std::optional<absl::Duration> expected;
  };
  const Case cases[] = {
      {"0", absl::ZeroDuration()},
      {" 120 ", absl::Seconds(120)},
      {"Sun, 06 Nov 1994 08:50:37 GMT", absl::Seconds(60)},
      {"Sunday, 06-Nov-94 08:50:37 GMT", absl::Seconds(60)},
      {"Sun Nov  6 08:50:37 1994", absl::Seconds(60)},
      {"Sun, 06 Nov 1994 08:48:37 GMT", absl::ZeroDuration()},
      {"", std::nullopt},
      {"-1", std::nullopt},
      {"1.5", std::nullopt},
      {"soon", std::nullopt},
      {"99999999999999999999", std::nullopt},
      {"infinite-future", std::nullopt},
  };
  for (const Case& c : cases) EXPECT_EQ(ParseRetryAfter(c.text, now), c.expected) << c.text;
}

TEST(HttpMessageTest, KnowsJsonTypes) {
  for (const char* type : {"application/json", "Application/JSON; charset=utf-8",
                           " application/problem+json", "application/vnd.api+json;v=1"}) {
    EXPECT_TRUE(IsJsonType(type)) << type;
  }
  for (const char* type : {"", "text/json2", "text/plain", "application/jsonl", "json"}) {
    EXPECT_FALSE(IsJsonType(type)) << type;
  }
}

Call CallWith(Json arguments) {
  Call call;
  call.arguments = std::move(arguments);
  call.idempotency_key = "k";
  call.deadline = absl::InfiniteFuture();
  return call;
}

HttpDefaults Defaults() {
  HttpDefaults defaults;
  defaults.base_url = "http://a";
  defaults.headers = {{"Authorization", "configured"}};
  return defaults;
}

TEST(HttpMessageTest, TaskHeadersGoBeforeConfiguredOnes) {
  const Json arguments =
      Json::Of({{"Headers", Json::Of({{"authorization", "task"}, {"X", Json::List({"1", 2})}})}});
  const auto request = MakeRequest(CallWith(arguments), Defaults());
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(
      request->headers,
      (HttpHeaders{{"authorization", "task"}, {"X", "1"}, {"X", "2"}, {"Idempotency-Key", "k"}}));
  const auto plain = MakeRequest(CallWith(Json()), Defaults());
  EXPECT_EQ(plain->headers,
            (HttpHeaders{{"Authorization", "configured"}, {"Idempotency-Key", "k"}}));
}

TEST(HttpMessageTest, BodiesFollowTheContentType) {
  struct Case {
    const char* type;
    Json body;
    const char* sent;
  };
  const Case cases[] = {
      {"", Json::Of({{"a", 1}}), R"({"a":1})"},
      {"", "text", R"("text")"},
      {"application/json", "text", R"("text")"},
      {"text/plain", "text", "text"},
      {"application/x-www-form-urlencoded", Json::Of({{"a", "b c"}}), "a=b%20c"},
      {"application/x-www-form-urlencoded", "a=b", "a=b"},
  };
  for (const Case& c : cases) {
    Json arguments = Json::Of({{"RequestBody", c.body}});
    if (*c.type) arguments = arguments.With("Headers", Json::Of({{"Content-Type", c.type}}));
    const auto request = MakeRequest(CallWith(arguments), Defaults());
    ASSERT_TRUE(request.ok()) << request.status();
    EXPECT_EQ(request->method, "POST");
    EXPECT_EQ(request->body, c.sent);
  }
  const Json wrong = Json::Of({{"Headers", Json::Of({{"Content-Type", "text/plain"}})},
                               {"RequestBody", Json::Of({{"a", 1}})}});
  EXPECT_EQ(Fault(MakeRequest(CallWith(wrong), Defaults()).status()),
            "RequestBody: expected a string, as Content-Type is text/plain");
}

TEST(HttpMessageTest, InvokeChecksItsArguments) {
  HttpDefaults defaults;
  defaults.shape = HttpShape::kInvoke;
  const auto fault = [&defaults](const Json& arguments) {
    return Fault(MakeRequest(CallWith(arguments), defaults).status());
  };
  const Json good = Json::Of({{"ApiEndpoint", "https://a/"}, {"Method", "POST"}});
  EXPECT_EQ(fault(good), "");
  EXPECT_EQ(fault(Json()), "Method: missing");
  EXPECT_EQ(fault(Json::Of({{"Method", "GET"}})), "ApiEndpoint: expected a URL");
  EXPECT_EQ(fault(good.With("Path", "/x")).substr(0, 27), "Path: no such argument; the");
  const Json with_body = good.With("RequestBody", Json::Of({{"a", 1}}));
  EXPECT_EQ(fault(with_body.With("Transform", Json(Json::Object()))),
            "Transform.RequestBodyEncoding: expected URL_ENCODED or NONE");
  const Json format = Json::Of({{"RequestBodyEncoding", "URL_ENCODED"},
                                {"RequestEncodingOptions", Json::Of({{"ArrayFormat", "X"}})}});
  EXPECT_EQ(fault(with_body.With("Transform", format)),
            "Transform.RequestEncodingOptions.ArrayFormat: expected INDICES, REPEAT, COMMAS or "
            "BRACKETS");
}

TEST(Utf8Test, RefusesWhatIsNotWellFormed) {
  for (const std::string_view good : {"", "a", "\xC3\xA9", "\xE2\x98\x83", "\xF0\x9F\x98\x80"}) {
    EXPECT_TRUE(IsUtf8(good)) << good;
  }
  for (const std::string_view bad : {"\x80", "\xC3", "\xC0\xAF", "\xE0\x9F\xBF", "\xED\xA0\x80",
                                     "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xFF", "a\xE2\x98"}) {
    EXPECT_FALSE(IsUtf8(bad));
  }
}

TEST(HttpConnectorTest, ConfigurationFaultsNameTheField) {
  HttpEngine engine;
  config::v1::HttpConnector config;
  const auto fault = [&] { return Fault(MakeHttpConnector(config, engine).status()); };
  EXPECT_EQ(fault(), "base_url: missing");
  config.set_base_url("ftp://a");
  EXPECT_EQ(fault(), "base_url: expected a URL that begins with http:// or https://");
  config.set_base_url("http://a?b");
  EXPECT_EQ(fault(), "base_url: a URL with a query (?)");
  config.set_base_url("http://a");
  EXPECT_EQ(fault(), "");
  (*config.mutable_headers())["idempotency-key"] = "x";
  EXPECT_EQ(fault(), "headers: \"idempotency-key\": is set by Segue");
  config.clear_headers();
  (*config.mutable_headers())["Host"] = "b";
  EXPECT_EQ(fault(), "");
  config.set_max_response_bytes(0);
  EXPECT_EQ(fault(), "max_response_bytes: must be positive");
  config.clear_max_response_bytes();
  config.mutable_connect_timeout();
  EXPECT_EQ(fault(), "connect_timeout: must be positive");
  config.clear_connect_timeout();
  config.mutable_tls()->set_ca_file("/nonexistent");
  EXPECT_EQ(fault(), "tls.ca_file: cannot read /nonexistent");
}

TEST(ConnectionsTest, Names) {
  EXPECT_EQ(ConnectionName("arn:aws:events:us-east-1:000000000000:connection/shop/1a-2b"), "shop");
  EXPECT_EQ(ConnectionName("shop"), "shop");
  EXPECT_EQ(ConnectionName("arn:aws:events:us-east-1:000000000000:connection"), "");
}

TEST(ConnectionsTest, TokensOfAnEndpoint) {
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  HttpResponse response;
  response.result = HttpResponse::Result::kResponse;
  response.status = 200;
  response.body = R"({"access_token": "t", "expires_in": 60})";
  const auto token = ParseToken(response, now);
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->text, "t");
  EXPECT_EQ(token->until, now + absl::Seconds(60));
  for (const char* body : {"", "{}", "no", R"({"access_token": 1})"}) {
    response.body = body;
    EXPECT_TRUE(absl::IsUnauthenticated(ParseToken(response, now).status())) << body;
  }
  response.status = 401;
  EXPECT_TRUE(absl::IsUnauthenticated(ParseToken(response, now).status()));
}

}  // namespace
}  // namespace segue::services

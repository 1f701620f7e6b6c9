#include "server/api/states/sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace segue::api::states {
namespace {

// AWS's published examples ("Signature Version 4 test suite", get-vanilla and post-x-www-form;
// "Example: deriving the signing key").
constexpr char kSecret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr char kKeyId[] = "AKIDEXAMPLE";

absl::Time At(const char* text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%E4Y%m%dT%H%M%SZ", text, &time, &error)) << error;
  return time;
}

HttpRequest Vanilla(const std::string& signature) {
  return {.method = "GET",
          .target = "/",
          .headers = {{"Host", "example.amazonaws.com"},
                      {"X-Amz-Date", "20150830T123600Z"},
                      {"Authorization",
                       "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/"
                       "aws4_request, SignedHeaders=host;x-amz-date, Signature=" +
                           signature}}};
}

constexpr char kVanillaSignature[] =
    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

const AccessKeys kKeys{.secrets = {{kKeyId, kSecret}}};

TEST(SigV4, BuildsTheCanonicalRequestOfTheTestSuite) {
  EXPECT_EQ(CanonicalRequest(Vanilla(kVanillaSignature), {"host", "x-amz-date"}),
            "GET\n/\n\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\n"
            "host;x-amz-date\n"
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(SigV4, SortsTheQueryAndTrimsHeaders) {
  const HttpRequest request{.method = "GET",
                            .target = "/?Param2=value2&Param1=value1&Flag",
                            .headers = {{"My-Header1", "  a   b  c "}}};
  EXPECT_EQ(CanonicalRequest(request, {"my-header1"}),
            "GET\n/\nFlag=&Param1=value1&Param2=value2\nmy-header1:a b c\n\nmy-header1\n"
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(SigV4, AcceptsTheSignatureOfTheTestSuite) {
  EXPECT_EQ(VerifySignature(Vanilla(kVanillaSignature), kKeys, At("20150830T123800Z")),
            std::nullopt);
}

struct RefusedCase {
  std::string name;
  std::function<void(HttpRequest&)> change;
  const char* now = "20150830T123600Z";
  std::string type;
  std::string in_message;
};

class RefusedTest : public testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedTest, SaysWhy) {
  HttpRequest request = Vanilla(kVanillaSignature);
  GetParam().change(request);
  const std::optional<ApiError> error = VerifySignature(request, kKeys, At(GetParam().now));
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->type, GetParam().type);
  EXPECT_THAT(error->message, testing::HasSubstr(GetParam().in_message));
}

void Authorize(HttpRequest& request, const std::string& header) {
  request.headers.back().second = header;
}

INSTANTIATE_TEST_SUITE_P(
    SigV4, RefusedTest,
    testing::Values(
        RefusedCase{"none", [](HttpRequest& r) { r.headers.pop_back(); }, "20150830T123600Z",
                    "MissingAuthenticationTokenException", "Missing Authentication Token"},
        RefusedCase{"body", [](HttpRequest& r) { r.body = "{}"; }, "20150830T123600Z",
                    "InvalidSignatureException", "does not match the signature you provided"},
        RefusedCase{"header", [](HttpRequest& r) { r.headers[0].second = "other"; },
                    "20150830T123600Z", "InvalidSignatureException", "does not match"},
        RefusedCase{"unsigned",
                    [](HttpRequest& r) {
                      r.headers.insert(r.headers.begin(), {"X-Amz-Target", "AWSStepFunctions.X"});
                    },
                    "20150830T123600Z", "InvalidSignatureException", "does not match"},
        RefusedCase{"key",
                    [](HttpRequest& r) {
                      Authorize(r,
                                "AWS4-HMAC-SHA256 Credential=NOBODY/20150830/us-east-1/service/"
                                "aws4_request, SignedHeaders=host;x-amz-date, Signature=00");
                    },
                    "20150830T123600Z", "UnrecognizedClientException", "security token"},
        RefusedCase{"algorithm", [](HttpRequest& r) { Authorize(r, "Basic abc"); },
                    "20150830T123600Z", "IncompleteSignatureException", "AWS4-HMAC-SHA256"},
        RefusedCase{"parts",
                    [](HttpRequest& r) {
                      Authorize(r, "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request");
                    },
                    "20150830T123600Z", "IncompleteSignatureException", "SignedHeaders"},
        RefusedCase{"bytes", [](HttpRequest& r) { Authorize(r, "AWS4-HMAC-SHA256 \xf0"); },
                    "20150830T123600Z", "IncompleteSignatureException", "not printable ASCII"},
        RefusedCase{"date", [](HttpRequest& r) { r.headers[1].second = "yesterday"; },
                    "20150830T123600Z", "IncompleteSignatureException", "X-Amz-Date"},
        RefusedCase{"late", [](HttpRequest&) {}, "20150830T124101Z", "InvalidSignatureException",
                    "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z"},
        RefusedCase{"early", [](HttpRequest&) {}, "20150830T123059Z", "InvalidSignatureException",
                    "Signature not yet current"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace segue::api::states

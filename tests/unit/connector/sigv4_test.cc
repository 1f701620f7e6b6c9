#include "services/connector/aws/sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace segue::services {
namespace {

// AWS's own example of S3 (Developer Guide, "Signature Calculations for the Authorization Header":
// GET Bucket (List Objects)).
TEST(SigV4Test, SignsAsAwsDoes) {
  const AwsSigner signer{.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                         .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                         .region = "us-east-1",
                         .service = "s3"};
  HttpRequest request{.method = "GET",
                      .url = "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J"};
  absl::Time now;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, "2013-05-24T00:00:00Z", &now, nullptr));
  Sign(signer, now, request);
  EXPECT_EQ(request.headers.back().second,
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
            "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

// The signature of a path is over its double encoding, except S3's. The expected values come from
// botocore 1.43 (SigV4Auth), with its query and headers as here.
TEST(SigV4Test, EncodesThePathAgain) {
  const AwsSigner signer{.access_key_id = "AKIDEXAMPLE",
                         .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                         .region = "us-east-1",
                         .service = "lambda"};
  HttpRequest request{.method = "POST",
                      .url =
                          "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/"
                          "arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af/invocations",
                      .body = "{}"};
  absl::Time now;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, "2015-08-30T12:36:00Z", &now, nullptr));
  Sign(signer, now, request);
  EXPECT_THAT(request.headers.back().second,
              ::testing::EndsWith(
                  "Signature=82497eb50f512e94acc4a935944fb8abaf6ccc847b0b44cdc35c8fa20f83a867"));
}

TEST(SigV4Test, WithoutAKeyNothingIsSigned) {
  HttpRequest request{.method = "GET", .url = "http://h/"};
  Sign({}, absl::UnixEpoch(), request);
  EXPECT_TRUE(request.headers.empty());
}

}  // namespace
}  // namespace segue::services

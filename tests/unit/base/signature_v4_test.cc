#include "server/base/signature_v4.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace segue {
namespace {

// The key and the date are those of the AWS General Reference, "Deriving the signing key".
TEST(SignatureV4, DerivesTheSigningKeyOfTheDocumentation) {
  const std::string key = SigningKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                     {.date = "20150830", .region = "us-east-1", .service = "iam"});
  EXPECT_EQ(absl::BytesToHexString(key),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

TEST(SignatureV4, ScopeEndsInItsTerminator) {
  const SignatureScope scope{.date = "20150830", .region = "us-east-1", .service = "iam"};
  EXPECT_EQ(scope.Text(), "20150830/us-east-1/iam/aws4_request");
}

}  // namespace
}  // namespace segue

#pragma once

#include <string>
#include <string_view>

// AWS Signature Version 4: what those who sign and those who verify compute alike
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).

namespace segue {

inline constexpr std::string_view kSignatureV4 = "AWS4-HMAC-SHA256";

// What a signature counts for.
struct SignatureScope {
  std::string date;  // "20150830"
  std::string region;
  std::string service;

  std::string Text() const;
};

// The key that signs in this scope: 32 bytes.
std::string SigningKey(std::string_view secret, const SignatureScope& scope);

// The signature of a canonical request that was made at `stamp` ("20150830T123600Z"), as
// hexadecimal digits.
std::string SignatureV4(std::string_view secret, const SignatureScope& scope,
                        std::string_view stamp, std::string_view canonical_request);

}  // namespace segue

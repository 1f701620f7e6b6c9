#include "server/base/signature_v4.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/base/sha256.h"

namespace segue {
namespace {

constexpr char kTerminator[] = "aws4_request";

}  // namespace

std::string SignatureScope::Text() const {
  return absl::StrCat(date, "/", region, "/", service, "/", kTerminator);
}

std::string SigningKey(std::string_view secret, const SignatureScope& scope) {
  std::string key = "AWS4";
  key += secret;
  for (const std::string_view part :
       {std::string_view(scope.date), std::string_view(scope.region),
        std::string_view(scope.service), std::string_view(kTerminator)}) {
    key = HmacSha256(key, part);
  }
  return key;
}

std::string SignatureV4(std::string_view secret, const SignatureScope& scope,
                        std::string_view stamp, std::string_view canonical_request) {
  std::string text(kSignatureV4);
  for (const std::string& line : {std::string(stamp), scope.Text(), HexSha256(canonical_request)}) {
    text += "\n" + line;
  }
  return absl::BytesToHexString(HmacSha256(SigningKey(secret, scope), text));
}

}  // namespace segue

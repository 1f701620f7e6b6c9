#include "server/api/states/sigv4.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/sha256.h"
#include "server/base/signature_v4.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;

constexpr absl::Duration kClockSkewMax = absl::Minutes(5);

ApiError InvalidSignature(std::string_view why) {
  return {"InvalidSignatureException", std::string(why)};
}

ApiError Incomplete(std::string_view why) {
  return {"IncompleteSignatureException", std::string(why)};
}

// What the Authorization header says:
// AWS4-HMAC-SHA256 Credential=<key>/<scope>, SignedHeaders=<names>, Signature=<hex>
struct Authorization {
  std::string key_id;
  SignatureScope scope;
  std::vector<std::string> signed_headers;
  std::string signature;
};

ApiResult<Authorization> Parse(std::string_view header) {
  if (!header.starts_with(kSignatureV4)) {
    return Incomplete("Authorization header has another algorithm than AWS4-HMAC-SHA256");
  }
  std::map<std::string, std::string> fields;
  const std::string list(header.substr(kSignatureV4.size()));
  for (const auto& piece : absl::StrSplit(list, ',')) {
    const std::vector<std::string> pair =
        absl::StrSplit(absl::StripAsciiWhitespace(piece), absl::MaxSplits('=', 1));
    if (pair.size() == 2) fields[pair[0]] = pair[1];
  }
  for (const char* name : {"Credential", "SignedHeaders", "Signature"}) {
    if (!fields[name].empty()) continue;
    return Incomplete(
        Concat("Authorization header requires '", name, "' parameter. Authorization=", header));
  }
  // An access key id has no slash; the scope is date/region/service/aws4_request.
  const std::vector<std::string> credential = absl::StrSplit(fields["Credential"], '/');
  if (credential.size() != 5 || credential[4] != "aws4_request") {
    return Incomplete(
        Concat("Credential must have exactly 5 slash-delimited elements, e.g. "
               "keyid/date/region/service/term, got '",
               fields["Credential"], "'"));
  }
  return Authorization{
      .key_id = credential[0],
      .scope = {.date = credential[1], .region = credential[2], .service = credential[3]},
      .signed_headers = absl::StrSplit(fields["SignedHeaders"], ';'),
      .signature = fields["Signature"]};
}

// Runs of blanks become one, those at the ends none.
std::string Trimmed(std::string value) {
  absl::RemoveExtraAsciiWhitespace(&value);
  return value;
}

std::string CanonicalQuery(std::string_view query) {
  if (query.empty()) return "";
  std::vector<std::string> pairs = absl::StrSplit(std::string(query), '&');
  for (std::string& pair : pairs) {
    if (pair.find('=') == pair.npos) pair += '=';
  }
  std::ranges::sort(pairs);
  return absl::StrJoin(pairs, "&");
}

std::optional<absl::Time> SignedAt(const HttpRequest& request) {
  const std::string* date = request.Header("X-Amz-Date");
  absl::Time time;
  std::string error;
  if (date == nullptr || !absl::ParseTime("%E4Y%m%dT%H%M%SZ", *date, &time, &error)) {
    return std::nullopt;
  }
  return time;
}

std::optional<ApiError> CheckClock(absl::Time signed_at, absl::Time now) {
  const auto text = [](absl::Time time) {
    return absl::FormatTime("%E4Y%m%dT%H%M%SZ", time, absl::UTCTimeZone());
  };
  if (signed_at < now - kClockSkewMax) {
    return InvalidSignature(Concat("Signature expired: ", text(signed_at), " is now earlier than ",
                                   text(now - kClockSkewMax), " (", text(now), " - 5 min.)"));
  }
  if (signed_at > now + kClockSkewMax) {
    return InvalidSignature(Concat("Signature not yet current: ", text(signed_at),
                                   " is still later than ", text(now + kClockSkewMax), " (",
                                   text(now), " + 5 min.)"));
  }
  return std::nullopt;
}

// Host and all headers x-amz-* that were sent must be signed (Signature Version 4,
// "SignedHeaders").
bool SignsAllItMust(const HttpRequest& request, const std::vector<std::string>& names) {
  const auto is_signed = [&names](const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  return is_signed("host") && std::ranges::all_of(request.headers, [&](const auto& header) {
           const std::string name = absl::AsciiStrToLower(header.first);
           return !name.starts_with("x-amz-") || is_signed(name);
         });
}

}  // namespace

std::string CanonicalRequest(const HttpRequest& request,
                             const std::vector<std::string>& signed_headers) {
  const std::string_view target = request.target;
  const size_t question = target.find('?');
  const std::string_view path = target.substr(0, question);
  const std::string_view query =
      question == target.npos ? std::string_view() : target.substr(question + 1);
  std::string text =
      Concat(request.method, "\n", path.empty() ? "/" : path, "\n", CanonicalQuery(query), "\n");
  for (const std::string& name : signed_headers) {
    const std::string* value = request.Header(name);
    text += Concat(name, ":", value == nullptr ? std::string() : Trimmed(*value), "\n");
  }
  text += Concat("\n", absl::StrJoin(signed_headers, ";"), "\n");
  // What is sent is hashed here: the header x-amz-content-sha256 is the signer's word only.
  return text + HexSha256(request.body);
}

std::optional<ApiError> VerifySignature(const HttpRequest& request, const AccessKeys& keys,
                                        absl::Time now) {
  const std::string* header = request.Header("Authorization");
  if (header == nullptr) {
    return ApiError{"MissingAuthenticationTokenException", "Missing Authentication Token"};
  }
  // What it says is repeated in errors, which are JSON.
  if (!std::ranges::all_of(*header, absl::ascii_isprint)) {
    return Incomplete("Authorization header has characters that are not printable ASCII");
  }
  ApiResult<Authorization> authorization = Parse(*header);
  if (!authorization.ok()) return authorization.error();
  const auto secret = keys.secrets.find(authorization->key_id);
  if (secret == keys.secrets.end()) {
    return ApiError{"UnrecognizedClientException",
                    "The security token included in the request is invalid."};
  }
  const std::optional<absl::Time> signed_at = SignedAt(request);
  if (!signed_at) {
    return Incomplete(
        Concat("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
               "header. Authorization=",
               *header));
  }
  const std::string* date = request.Header("X-Amz-Date");
  const bool in_scope = date->starts_with(authorization->scope.date);
  const auto& names = authorization->signed_headers;
  const bool complete = SignsAllItMust(request, names);
  const std::string expected =
      SignatureV4(secret->second, authorization->scope, *date, CanonicalRequest(request, names));
  const std::string& given = authorization->signature;
  const bool same = expected.size() == given.size() &&
                    CRYPTO_memcmp(expected.data(), given.data(), given.size()) == 0;
  if (!same || !in_scope || !complete) {
    return InvalidSignature(
        "The request signature we calculated does not match the signature you provided. Check your "
        "AWS Secret Access Key and signing method. Consult the service documentation for details.");
  }
  return CheckClock(*signed_at, now);
}

}  // namespace segue::api::states

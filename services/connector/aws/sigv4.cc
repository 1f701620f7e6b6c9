#include "services/connector/aws/sigv4.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/sha256.h"
#include "server/base/signature_v4.h"
#include "services/connector/http/http_url.h"

namespace segue::services {
namespace {

struct UrlParts {
  std::string host;
  std::string path;
  std::string query;
};

UrlParts Split(const std::string& url) {
  UrlParts parts;
  const size_t host = url.find("://") + 3;
  const size_t path = std::min(url.find('/', host), url.size());
  const size_t query = std::min(url.find('?', path), url.size());
  parts.host = url.substr(host, path - host);
  parts.path = path == query ? "/" : url.substr(path, query - path);
  if (query < url.size()) parts.query = url.substr(query + 1);
  return parts;
}

// The path as it is signed: encoded once more than it is sent, except for S3 (IAM User Guide,
// "Create a signed AWS API request", step 1).
std::string CanonicalPath(const AwsSigner& signer, const std::string& path) {
  if (signer.service == "s3") return path;
  std::vector<std::string> segments = absl::StrSplit(path, '/');
  for (std::string& segment : segments) segment = PercentEncode(segment);
  return absl::StrJoin(segments, "/");
}

}  // namespace

void Sign(const AwsSigner& signer, absl::Time now, HttpRequest& request) {
  if (signer.access_key_id.empty()) return;
  const UrlParts url = Split(request.url);
  const std::string stamp = absl::FormatTime("%Y%m%dT%H%M%SZ", now, absl::UTCTimeZone());
  const std::string payload_hash = HexSha256(request.body);
  request.headers.emplace_back("X-Amz-Date", stamp);
  request.headers.emplace_back("X-Amz-Content-Sha256", payload_hash);
  if (!signer.session_token.empty()) {
    request.headers.emplace_back("X-Amz-Security-Token", signer.session_token);
  }
  std::vector<std::pair<std::string, std::string>> signed_headers = {{"host", url.host}};
  for (const auto& [name, value] : request.headers) {
    const std::string lower = absl::AsciiStrToLower(name);
    if (lower.starts_with("x-amz-")) signed_headers.emplace_back(lower, value);
  }
  std::sort(signed_headers.begin(), signed_headers.end());
  std::string canonical_headers;
  std::vector<std::string> names;
  for (const auto& [name, value] : signed_headers) {
    absl::StrAppend(&canonical_headers, name, ":", value, "\n");
    names.push_back(name);
  }
  const std::string name_list = absl::StrJoin(names, ";");
  const std::string canonical =
      absl::StrCat(request.method, "\n", CanonicalPath(signer, url.path), "\n", url.query, "\n",
                   canonical_headers, "\n", name_list, "\n", payload_hash);
  const SignatureScope scope{
      .date = stamp.substr(0, 8), .region = signer.region, .service = signer.service};
  request.headers.emplace_back(
      "Authorization",
      absl::StrCat("AWS4-HMAC-SHA256 Credential=", signer.access_key_id, "/", scope.Text(),
                   ", SignedHeaders=", name_list,
                   ", Signature=", SignatureV4(signer.secret_access_key, scope, stamp, canonical)));
}

}  // namespace segue::services

#include "services/connector/aws/sigv4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "services/connector/http/http_url.h"

namespace segue::services {
namespace {

std::string Sha256Hex(std::string_view data) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(data.data(), data.size(), digest, &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size));
}

std::string Hmac(const std::string& key, const std::string& data) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest, &size);
  return std::string(reinterpret_cast<const char*>(digest), size);
}

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
  const std::string date = stamp.substr(0, 8);
  const std::string payload_hash = Sha256Hex(request.body);
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
  const std::string scope =
      absl::StrCat(date, "/", signer.region, "/", signer.service, "/aws4_request");
  const std::string to_sign =
      absl::StrCat("AWS4-HMAC-SHA256\n", stamp, "\n", scope, "\n", Sha256Hex(canonical));
  std::string key = Hmac("AWS4" + signer.secret_access_key, date);
  for (const std::string& part : {signer.region, signer.service, std::string("aws4_request")}) {
    key = Hmac(key, part);
  }
  request.headers.emplace_back(
      "Authorization", absl::StrCat("AWS4-HMAC-SHA256 Credential=", signer.access_key_id, "/",
                                    scope, ", SignedHeaders=", name_list,
                                    ", Signature=", absl::BytesToHexString(Hmac(key, to_sign))));
}

}  // namespace segue::services

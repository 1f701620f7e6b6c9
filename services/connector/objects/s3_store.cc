#include "services/connector/objects/s3_store.h"

#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "services/connector/http/http_url.h"

namespace segue::services {
namespace {

constexpr absl::Duration kTimeout = absl::Minutes(5);

std::string PathOf(const ObjectName& name) {
  std::string path = absl::StrCat("/", PercentEncode(name.bucket));
  for (const auto& part : absl::StrSplit(name.key, '/')) {
    absl::StrAppend(&path, "/", PercentEncode(std::string(part)));
  }
  return path;
}

absl::Status StatusOf(const HttpResponse& response, const std::string& what) {
  if (response.result == HttpResponse::Result::kTooLarge) {
    return absl::ResourceExhaustedError(absl::StrCat(what, ": ", response.message));
  }
  if (response.result != HttpResponse::Result::kResponse) {
    return absl::UnavailableError(absl::StrCat(what, ": ", response.message));
  }
  if (response.status < 300) return absl::OkStatus();
  const std::string message = absl::StrCat(what, ": HTTP status ", response.status);
  if (response.status == 404) return absl::NotFoundError(message);
  if (response.status == 401 || response.status == 403) {
    return absl::PermissionDeniedError(message);
  }
  if (response.status < 500 && response.status != 429) return absl::InvalidArgumentError(message);
  return absl::UnavailableError(message);
}

// The text of the next element of this name, with what XML escapes.
std::optional<std::string> Element(std::string_view xml, const std::string& name) {
  const std::string open = absl::StrCat("<", name, ">");
  const size_t from = xml.find(open);
  if (from == xml.npos) return std::nullopt;
  const size_t to = xml.find(absl::StrCat("</", name, ">"), from);
  if (to == xml.npos) return std::nullopt;
  const std::string_view text = xml.substr(from + open.size(), to - from - open.size());
  return absl::StrReplaceAll(absl::string_view(text.data(), text.size()), {{"&lt;", "<"},
                                                                           {"&gt;", ">"},
                                                                           {"&quot;", "\""},
                                                                           {"&apos;", "'"},
                                                                           {"&#34;", "\""},
                                                                           {"&amp;", "&"}});
}

class S3Store final : public ObjectStore {
 public:
  S3Store(std::string endpoint, AwsSigner signer, HttpEngine& engine)
      : endpoint_(std::move(endpoint)), signer_(std::move(signer)), engine_(engine) {}

  async::Task<absl::StatusOr<std::string>> Get(ObjectName name, async::Executor& executor,
                                               async::CancelToken cancel) override {
    HttpRequest request{.method = "GET", .url = endpoint_ + PathOf(name)};
    HttpResponse response = co_await Send(std::move(request), executor, std::move(cancel));
    absl::Status status =
        StatusOf(response, absl::StrCat("getObject ", name.bucket, "/", name.key));
    if (!status.ok()) co_return status;
    co_return std::move(response.body);
  }

  async::Task<absl::StatusOr<ObjectPage>> List(ListRequest request, async::Executor& executor,
                                               async::CancelToken cancel) override {
    // Sorted by name, as the signature wants it.
    std::string query;
    if (!request.after.empty()) {
      query = absl::StrCat("continuation-token=", PercentEncode(request.after), "&");
    }
    absl::StrAppend(&query, "list-type=2&prefix=", PercentEncode(request.prefix));
    HttpRequest get{.method = "GET",
                    .url = absl::StrCat(endpoint_, "/", PercentEncode(request.bucket), "?", query)};
    HttpResponse response = co_await Send(std::move(get), executor, std::move(cancel));
    absl::Status status = StatusOf(response, absl::StrCat("listObjectsV2 ", request.bucket));
    if (!status.ok()) co_return status;
    co_return ParseListing(response.body);
  }

  async::Task<absl::Status> Put(ObjectName name, std::string body, async::Executor& executor,
                                async::CancelToken cancel) override {
    HttpRequest request{.method = "PUT", .url = endpoint_ + PathOf(name), .body = std::move(body)};
    HttpResponse response = co_await Send(std::move(request), executor, std::move(cancel));
    co_return StatusOf(response, absl::StrCat("putObject ", name.bucket, "/", name.key));
  }

 private:
  async::Task<HttpResponse> Send(HttpRequest request, async::Executor& executor,
                                 async::CancelToken cancel) {
    request.deadline = executor.Now() + kTimeout;
    request.response_bytes_max = kObjectBytesMax;
    Sign(signer_, executor.Now(), request);
    co_return co_await engine_.Fetch(std::move(request), executor, std::move(cancel));
  }

  const std::string endpoint_;
  const AwsSigner signer_;
  HttpEngine& engine_;
};

}  // namespace

std::unique_ptr<ObjectStore> MakeS3Store(std::string endpoint, AwsSigner signer,
                                         HttpEngine& engine) {
  if (!endpoint.empty() && endpoint.back() == '/') endpoint.pop_back();
  return std::make_unique<S3Store>(std::move(endpoint), std::move(signer), engine);
}

absl::StatusOr<ObjectPage> ParseListing(const std::string& xml) {
  constexpr std::string_view kOpen = "<Contents>";
  constexpr std::string_view kClose = "</Contents>";
  ObjectPage page;
  if (xml.find("<ListBucketResult") == xml.npos) {
    return absl::UnavailableError("listObjectsV2: the answer is no ListBucketResult");
  }
  page.next = Element(xml, "NextContinuationToken").value_or("");
  for (size_t at = xml.find(kOpen); at != xml.npos; at = xml.find(kOpen, at)) {
    const size_t end = xml.find(kClose, at);
    if (end == xml.npos) return absl::UnavailableError("listObjectsV2: the answer is cut off");
    const std::string_view entry = std::string_view(xml).substr(at, end - at);
    ObjectInfo object{.key = Element(entry, "Key").value_or(""),
                      .etag = Element(entry, "ETag").value_or("")};
    std::string fault;
    const bool reads =
        absl::SimpleAtoi(Element(entry, "Size").value_or(""), &object.size) &&
        absl::ParseTime(absl::RFC3339_full, Element(entry, "LastModified").value_or(""),
                        &object.last_modified, &fault);
    if (!reads) return absl::UnavailableError("listObjectsV2: an entry cannot be read");
    page.objects.push_back(std::move(object));
    at = end;
  }
  return page;
}

}  // namespace segue::services

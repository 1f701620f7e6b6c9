#include "services/connector/http/http_engine.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/async/one_shot.h"
#include "server/base/check.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"

namespace segue::services {
namespace {

constexpr size_t kIdleHandlesMax = 64;
constexpr long kIdleConnectionsMax = 512;
constexpr int64_t kHeaderBytesMax = 256 * 1024;
constexpr int kPollMs = 60 * 1000;  // whatever is due earlier wakes the loop
// libcurl counts in whole milliseconds, from a clock of its own.
constexpr absl::Duration kDeadlineSlack = absl::Milliseconds(20);

using Done = absl::AnyInvocable<void(HttpResponse)>;

HttpResponse Ended(HttpResponse::Result result, std::string message) {
  HttpResponse response;
  response.result = result;
  response.message = std::move(message);
  return response;
}

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListDeleter>;

void Append(List& list, const std::string& text) {
  curl_slist* longer = curl_slist_append(list.get(), text.c_str());
  SEGUE_CHECK(longer != nullptr);
  (void)list.release();
  list.reset(longer);
}

std::string UrlPart(CURLU* url, CURLUPart part, unsigned flags) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  std::string result = text;
  curl_free(text);
  return result;
}

// One request under way.
struct Transfer {
  uint64_t id = 0;
  HttpRequest request;
  Done done;
  CURL* easy = nullptr;
  List headers;
  List connect_to;
  HttpResponse response;
  int64_t header_bytes = 0;
  int sends = 0;
  bool is_too_large = false;
  std::array<char, CURL_ERROR_SIZE> error = {};
};

// "HTTP/1.1 200 OK" -> "OK".
std::string StatusTextOf(std::string_view line) {
  const size_t first = line.find(' ');
  if (first == std::string_view::npos) return "";
  const size_t second = line.find(' ', first + 1);
  if (second == std::string_view::npos) return "";
  return std::string(line.substr(second + 1));
}

size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  const size_t bytes = size * count;
  transfer->header_bytes += static_cast<int64_t>(bytes);
  if (transfer->header_bytes > kHeaderBytesMax) {
    transfer->is_too_large = true;
    return 0;
  }
  const absl::string_view line = absl::StripAsciiWhitespace(absl::string_view(data, bytes));
  if (absl::StartsWith(line, "HTTP/")) {  // again after a 1xx
    transfer->response.headers.clear();
    transfer->response.status_text = StatusTextOf(std::string_view(line.data(), line.size()));
    return bytes;
  }
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return bytes;
  transfer->response.headers.emplace_back(
      absl::AsciiStrToLower(line.substr(0, colon)),
      std::string(absl::StripAsciiWhitespace(line.substr(colon + 1))));
  return bytes;
}

size_t OnBody(char* data, size_t size, size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  const size_t bytes = size * count;
  const auto room = transfer->request.response_bytes_max;
  if (static_cast<int64_t>(transfer->response.body.size() + bytes) > room) {
    transfer->is_too_large = true;
    return 0;
  }
  transfer->response.body.append(data, bytes);
  return bytes;
}

// libcurl sends a request again by itself when a connection that it kept breaks before an answer.
// The service may have acted on the first: whether to call again is for the engine to say.
int BeforeSend(void* user, char*, char*, int, int) {
  auto* transfer = static_cast<Transfer*>(user);
  return transfer->sends++ == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

void SetTls(Transfer& transfer) {
  CURL* easy = transfer.easy;
  const HttpTls& tls = transfer.request.tls;
  if (!tls.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, tls.ca_file.c_str());
  if (!tls.cert_file.empty()) curl_easy_setopt(easy, CURLOPT_SSLCERT, tls.cert_file.c_str());
  if (!tls.key_file.empty()) curl_easy_setopt(easy, CURLOPT_SSLKEY, tls.key_file.c_str());
}

// The name that the certificate must have goes into the URL, the address of the URL becomes where
// to connect to.
void SetServerName(Transfer& transfer) {
  const std::string& name = transfer.request.tls.server_name;
  if (name.empty()) return;
  const std::unique_ptr<CURLU, UrlDeleter> url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, transfer.request.url.c_str(), 0) != CURLUE_OK) return;
  const std::string host = UrlPart(url.get(), CURLUPART_HOST, 0);
  const std::string explicit_port = UrlPart(url.get(), CURLUPART_PORT, 0);
  const std::string port = UrlPart(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  Append(transfer.connect_to, absl::StrCat(name, ":", port, ":", host, ":", port));
  Append(transfer.headers,
         absl::StrCat("Host: ", host, explicit_port.empty() ? "" : ":", explicit_port));
  curl_url_set(url.get(), CURLUPART_HOST, name.c_str(), 0);
  transfer.request.url = UrlPart(url.get(), CURLUPART_URL, 0);
  curl_easy_setopt(transfer.easy, CURLOPT_CONNECT_TO, transfer.connect_to.get());
}

void SetBody(Transfer& transfer) {
  CURL* easy = transfer.easy;
  const HttpRequest& request = transfer.request;
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  const bool takes_body =
      request.method != "GET" && request.method != "OPTIONS" && request.method != "DELETE";
  if (!request.body.empty() || takes_body) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void SetHeaders(Transfer& transfer) {
  // libcurl's own are not wanted: its type for bodies, its wait for "100 Continue".
  Append(transfer.headers, "Expect:");
  bool has_type = false;
  for (const auto& [name, value] : transfer.request.headers) {
    has_type |= absl::EqualsIgnoreCase(name, "Content-Type");
    // "Name;" is an empty value, where "Name:" would take the header out.
    Append(transfer.headers, value.empty() ? name + ";" : absl::StrCat(name, ": ", value));
  }
  if (!has_type) Append(transfer.headers, "Content-Type:");
  curl_easy_setopt(transfer.easy, CURLOPT_HTTPHEADER, transfer.headers.get());
}

void SetUp(Transfer& transfer, absl::Time now) {
  CURL* easy = transfer.easy;
  const HttpRequest& request = transfer.request;
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.error.data());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(easy, CURLOPT_USERAGENT, kUserAgent);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   std::max<long>(1, absl::ToInt64Milliseconds(request.connect_timeout)));
  if (request.deadline != absl::InfiniteFuture()) {
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(absl::ToInt64Milliseconds(request.deadline - now)) + 1);
  }
  curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
                   static_cast<curl_off_t>(request.response_bytes_max));
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, BeforeSend);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, &transfer);
  // Rather a stream on the connection that is being set up than one more connection.
  const bool is_tls = absl::StartsWithIgnoreCase(request.url, "https:");
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, is_tls ? 1L : 0L);
  SetTls(transfer);
  SetServerName(transfer);
  SetBody(transfer);
  SetHeaders(transfer);
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
}

HttpResponse ResponseOf(Transfer& transfer, CURLcode code, absl::Time now) {
  using Result = HttpResponse::Result;
  HttpResponse& response = transfer.response;
  if (transfer.is_too_large || code == CURLE_FILESIZE_EXCEEDED) {
    return Ended(Result::kTooLarge, absl::StrCat("the response is larger than ",
                                                 transfer.request.response_bytes_max, " bytes"));
  }
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    response.result = Result::kResponse;
    response.status = static_cast<int>(status);
    return std::move(response);
  }
  if (code == CURLE_OPERATION_TIMEDOUT && now >= transfer.request.deadline - kDeadlineSlack) {
    return Ended(Result::kTimeout, "the deadline passed before the response was there");
  }
  if (transfer.sends > 1) {
    return Ended(Result::kSocket, "the connection broke before the response");
  }
  return Ended(Result::kSocket,
               transfer.error[0] ? transfer.error.data() : curl_easy_strerror(code));
}

}  // namespace

class HttpEngine::Loop {
 public:
  Loop() {
    static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
    SEGUE_CHECK(global == CURLE_OK);
    multi_ = curl_multi_init();
    SEGUE_CHECK(multi_ != nullptr);
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kIdleConnectionsMax);
    thread_ = std::thread([this] { Run(); });
  }

  ~Loop() {
    {
      MutexLock lock(&mutex_);
      stopping_ = true;
    }
    curl_multi_wakeup(multi_);
    thread_.join();
    SEGUE_CHECK(transfers_.empty());
    for (CURL* easy : idle_) curl_easy_cleanup(easy);
    curl_multi_cleanup(multi_);
  }

  // `done` runs on the loop's thread.
  uint64_t Submit(HttpRequest request, Done done) {
    auto transfer = std::make_unique<Transfer>();
    transfer->request = std::move(request);
    transfer->done = std::move(done);
    uint64_t id = 0;
    {
      MutexLock lock(&mutex_);
      id = transfer->id = ++ids_;
      submitted_.push_back(std::move(transfer));
    }
    curl_multi_wakeup(multi_);
    return id;
  }

  void Cancel(uint64_t id) {
    {
      MutexLock lock(&mutex_);
      cancelled_.push_back(id);
    }
    curl_multi_wakeup(multi_);
  }

 private:
  void Run() {
    while (TakeCommands()) {
      int running = 0;
      curl_multi_perform(multi_, &running);
      TakeResults();
      curl_multi_poll(multi_, nullptr, 0, kPollMs, nullptr);
    }
  }

  // False when it is time to stop.
  bool TakeCommands() {
    std::vector<std::unique_ptr<Transfer>> submitted;
    std::vector<uint64_t> cancelled;
    bool stopping = false;
    {
      MutexLock lock(&mutex_);
      submitted.swap(submitted_);
      cancelled.swap(cancelled_);
      stopping = stopping_;
    }
    for (auto& transfer : submitted) Start(std::move(transfer));
    for (const uint64_t id : cancelled) {
      const auto found = transfers_.find(id);
      if (found == transfers_.end()) continue;
      End(found->second->easy, Ended(HttpResponse::Result::kCancelled, "cancelled"));
    }
    return !stopping;
  }

  void Start(std::unique_ptr<Transfer> transfer) {
    const absl::Time now = clock_.Now();
    if (transfer->request.deadline <= now) {
      transfer->done(
          Ended(HttpResponse::Result::kTimeout, "the deadline passed before the request was sent"));
      return;
    }
    if (idle_.empty()) idle_.push_back(curl_easy_init());
    transfer->easy = idle_.back();
    SEGUE_CHECK(transfer->easy != nullptr);
    idle_.pop_back();
    SetUp(*transfer, now);
    CURL* easy = transfer->easy;
    transfers_.emplace(transfer->id, std::move(transfer));
    const CURLMcode code = curl_multi_add_handle(multi_, easy);
    if (code != CURLM_OK)
      End(easy, Ended(HttpResponse::Result::kSocket, curl_multi_strerror(code)));
  }

  void TakeResults() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* easy = message->easy_handle;
      const CURLcode code = message->data.result;  // gone once the handle is removed
      End(easy, ResponseOf(TransferOf(easy), code, clock_.Now()));
    }
  }

  static Transfer& TransferOf(CURL* easy) {
    void* transfer = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    return *static_cast<Transfer*>(transfer);
  }

  void End(CURL* easy, HttpResponse response) {
    curl_multi_remove_handle(multi_, easy);
    auto node = transfers_.extract(TransferOf(easy).id);
    if (idle_.size() < kIdleHandlesMax) {
      curl_easy_reset(easy);
      idle_.push_back(easy);
    } else {
      curl_easy_cleanup(easy);
    }
    node.mapped()->done(std::move(response));
  }

  const RealClock clock_;
  CURLM* multi_ = nullptr;
  // The loop's thread alone.
  std::vector<CURL*> idle_;
  absl::flat_hash_map<uint64_t, std::unique_ptr<Transfer>> transfers_;

  Mutex mutex_;
  uint64_t ids_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<Transfer>> submitted_ ABSL_GUARDED_BY(mutex_);
  std::vector<uint64_t> cancelled_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

HttpEngine::HttpEngine() : loop_(std::make_unique<Loop>()) {}
HttpEngine::~HttpEngine() = default;

async::Task<HttpResponse> HttpEngine::Fetch(HttpRequest request, async::Executor& executor,
                                            async::CancelToken cancel) {
  if (cancel.cancelled()) co_return Ended(HttpResponse::Result::kCancelled, "cancelled");
  async::OneShot<HttpResponse> received;
  const uint64_t id = loop_->Submit(
      std::move(request), [home = &executor, received = &received](HttpResponse response) {
        home->Post([received, response = std::move(response)]() mutable {
          received->Set(std::move(response));
        });
      });
  cancel.OnCancel([loop = loop_.get(), id] { loop->Cancel(id); });
  HttpResponse response = co_await received;
  cancel.OnCancel(nullptr);
  co_return response;
}

}  // namespace segue::services

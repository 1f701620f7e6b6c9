#include "services/samples/web.h"

#include <fstream>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "server/base/json.h"

namespace segue::samples {
namespace {

constexpr int kUnavailable = 503;
constexpr int64_t kPages = 3;

HttpResponse Ok(const Json& body) { return {.body = body.Dump()}; }
HttpResponse Error(int status, std::string_view message) {
  return {.status = status, .body = Json::Of({{"error", message}}).Dump()};
}

std::string CsvField(const Json& value) {
  std::string text = value.is_string() ? value.string() : value.Dump();
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

class Web {
 public:
  Web(Ledger& ledger, Switches& switches, std::string csv_dir)
      : ledger_(ledger), switches_(switches), csv_dir_(std::move(csv_dir)) {}

  HttpResponse Handle(const HttpRequest& request) {
    absl::string_view rest = request.path;
    if (rest == "/ledger") return {.content_type = "application/jsonl", .body = ledger_.Text()};
    if (absl::ConsumePrefix(&rest, "/switches/")) return SetSwitches(std::string(rest), request);
    if (absl::ConsumePrefix(&rest, "/health/")) return Health(std::string(rest));
    if (rest == "/records") return Records(request);
    if (rest == "/notify")
      return Do("notification", "notify", request, [] { return Ok(Json::Of({})); });
    if (rest == "/load") return Load(request);
    if (absl::ConsumePrefix(&rest, "/csv/")) return AppendCsv(std::string(rest), request);
    return Error(404, absl::StrCat("there is no ", request.path));
  }

 private:
  // Behaves as the switches say, and does the work once for each idempotency key.
  HttpResponse Do(const std::string& service, const std::string& method, const HttpRequest& request,
                  const std::function<HttpResponse()>& work) {
    const Switches::Fate fate = switches_.Draw(service);
    absl::SleepFor(fate.latency);  // this connection's own thread
    if (fate.outcome == Switches::Fate::Outcome::kFails) {
      return Error(kUnavailable, "having a bad moment");
    }
    const Ledger::Answer answer = ledger_.Once(
        {.service = service,
         .method = method,
         .key = request.idempotency_key,
         .execution_id = request.execution_id},
        [&] {
          const HttpResponse done = work();
          return Ledger::Answer{.code = done.status >= 400 ? done.status : 0, .body = done.body};
        });
    if (fate.outcome == Switches::Fate::Outcome::kLosesAnswer) {
      return Error(kUnavailable, "the answer is lost");
    }
    return {.status = answer.code == 0 ? 200 : answer.code, .body = answer.body};
  }

  HttpResponse SetSwitches(const std::string& service, const HttpRequest& request) {
    const absl::StatusOr<Json> behaviour = Json::Parse(request.body);
    if (!behaviour.ok()) return Error(400, "the body is not JSON");
    const absl::Status status = switches_.Set(service, *behaviour);
    return status.ok() ? Ok(Json::Of({})) : Error(400, std::string(status.message()));
  }

  HttpResponse Health(const std::string& name) {
    const absl::Time began = absl::Now();
    if (absl::StartsWith(name, "slow")) absl::SleepFor(absl::Milliseconds(300));
    if (absl::StartsWith(name, "down")) return Error(kUnavailable, absl::StrCat(name, " is down"));
    const int64_t millis = absl::ToInt64Milliseconds(absl::Now() - began);
    return Ok(Json::Of({{"status", "ok"}, {"name", name}, {"millis", millis}}));
  }

  static HttpResponse Records(const HttpRequest& request) {
    int64_t page = 1;
    absl::string_view query = request.query;
    if (absl::ConsumePrefix(&query, "page=") && !absl::SimpleAtoi(query, &page)) {
      return Error(400, "page: a number");
    }
    Json::Array records;
    for (int64_t i = 0; i < 5; ++i) {
      const int64_t id = (page - 1) * 5 + i + 1;
      records.push_back(Json::Of(
          {{"id", id}, {"sensor", absl::StrCat("s", id % 4)}, {"value", 20 + (id * 7) % 13}}));
    }
    const Json next = page < kPages ? Json(page + 1) : Json();
    return Ok(Json::Of({{"records", std::move(records)}, {"next", next}}));
  }

  HttpResponse Load(const HttpRequest& request) {
    return Do("warehouse", "load", request, [&] {
      const absl::StatusOr<Json> body = Json::Parse(request.body);
      const Json* records = body.ok() ? body->Find("records") : nullptr;
      if (records == nullptr || !records->is_array()) return Error(400, "records: a list");
      return Ok(Json::Of({{"loaded", static_cast<int64_t>(records->array().size())}}));
    });
  }

  HttpResponse AppendCsv(const std::string& file, const HttpRequest& request) {
    if (csv_dir_.empty() || file.find('/') != std::string::npos || absl::StartsWith(file, ".")) {
      return Error(400, "no such file: a plain name, and --csv-dir must be set");
    }
    return Do("csv", "append", request, [&] {
      const absl::StatusOr<Json> body = Json::Parse(request.body);
      const Json* row = body.ok() ? body->Find("row") : nullptr;
      if (row == nullptr || !row->is_array()) return Error(400, "row: a list");
      std::string line;
      for (const Json& value : row->array()) {
        absl::StrAppend(&line, line.empty() ? "" : ",", CsvField(value));
      }
      absl::MutexLock lock(&csv_mutex_);
      std::ofstream(csv_dir_ + "/" + file, std::ios::app) << line << "\n";
      return Ok(Json::Of({{"appended", 1}}));
    });
  }

  Ledger& ledger_;
  Switches& switches_;
  const std::string csv_dir_;
  absl::Mutex csv_mutex_;
};

}  // namespace

HttpServer::Handler MakeWeb(Ledger& ledger, Switches& switches, std::string csv_dir) {
  auto web = std::make_shared<Web>(ledger, switches, std::move(csv_dir));
  return [web](const HttpRequest& request) { return web->Handle(request); };
}

}  // namespace segue::samples

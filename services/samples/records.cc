#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/samples/web.h"

namespace segue::samples {
namespace {

constexpr int64_t kPages = 3;
constexpr int64_t kRecordsPerPage = 5;

HttpResponse Page(const HttpRequest& request) {
  int64_t page = 1;
  absl::string_view query = request.query;
  if (absl::ConsumePrefix(&query, "page=") && !absl::SimpleAtoi(query, &page)) {
    return HttpError(absl::StatusCode::kInvalidArgument, "page: a number");
  }
  if (page < 1 || page > kPages) {
    return HttpError(absl::StatusCode::kNotFound, absl::StrCat("there is no page ", page));
  }
  Json::Array records;
  for (int64_t i = 1; i <= kRecordsPerPage; ++i) {
    const int64_t id = (page - 1) * kRecordsPerPage + i;
    records.push_back(Json::Of({{"id", id},
                                {"sensor", absl::StrCat("s", id % 4)},
                                {"quality", id % 7 == 3 ? "bad" : "good"},
                                {"value", 20 + (id * 7) % 13}}));
  }
  const Json next = page < kPages ? Json(page + 1) : Json();
  return HttpOk(Json::Of({{"records", std::move(records)}, {"next", next}}));
}

}  // namespace

HttpServer::Handler MakeRecords(const HttpConduct& conduct) {
  return [&conduct](const HttpRequest& request) {
    return conduct.Serve({"records", "page", HttpConduct::Method::Runs::kEveryTime}, request,
                         [&] { return Page(request); });
  };
}

}  // namespace segue::samples

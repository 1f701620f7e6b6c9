#include <atomic>
#include <memory>

#include "services/samples/web.h"

namespace segue::samples {

HttpServer::Handler MakeWarehouse(const HttpConduct& conduct) {
  auto stored = std::make_shared<std::atomic<int64_t>>(0);
  return [&conduct, stored](const HttpRequest& request) {
    if (request.method == "GET") return HttpOk(Json::Of({{"records", stored->load()}}));
    return conduct.Serve({"warehouse", "load"}, request, [&] {
      const absl::StatusOr<Json> body = Json::Parse(request.body);
      const Json* records = body.ok() ? body->Find("records") : nullptr;
      if (records == nullptr || !records->is_array()) {
        return HttpError(absl::StatusCode::kInvalidArgument, "records: a list");
      }
      const auto count = static_cast<int64_t>(records->array().size());
      *stored += count;
      return HttpOk(Json::Of({{"loaded", count}}));
    });
  };
}

}  // namespace segue::samples

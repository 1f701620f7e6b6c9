#include "services/samples/web.h"

namespace segue::samples {

HttpServer::Handler MakeNotification(const HttpConduct& conduct) {
  return [&conduct](const HttpRequest& request) {
    return conduct.Serve({"notification", "notify"}, request, [&] {
      const absl::StatusOr<Json> body = Json::Parse(request.body);
      if (!body.ok() || body->FindString("text") == nullptr) {
        return HttpError(absl::StatusCode::kInvalidArgument, "text: what to tell");
      }
      return HttpOk(Json::Of({{"sent", Json::Bool(true)}}));
    });
  };
}

}  // namespace segue::samples

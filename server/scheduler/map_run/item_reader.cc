#include "server/scheduler/map_run/item_reader.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/gunzip.h"
#include "server/engine/map_input.h"
#include "server/engine/map_items.h"

namespace segue::scheduler {
namespace {

// A member that is text; else empty.
std::string TextOf(const Json& arguments, const char* name) {
  const std::string* text = arguments.FindString(name);
  return text == nullptr ? "" : *text;
}

bool IsListing(const engine::MapRunPlan& plan) {
  return plan.reader->resource.method == "listObjectsV2";
}

// One Map's reader at work; it stops as soon as it has MaxItems.
class Reader {
 public:
  Reader(const engine::MapRunPlan& plan, RunObjects& objects)
      : plan_(plan),
        objects_(objects),
        bucket_(TextOf(plan.reader_arguments, "Bucket")),
        items_max_(plan.reader_items_max.value_or(INT64_MAX)) {}

  async::Task<Outcome<Json>> Read() {
    if (!IsListing(plan_)) co_return co_await ReadNamed();
    std::optional<WorkflowError> error = co_await List();
    if (error) co_return *std::move(error);
    co_return Json(std::move(items_));
  }

 private:
  bool IsEnough() const { return std::ssize(items_) >= items_max_; }

  // AWS: an object's item is what listObjectsV2 says of it.
  async::Task<std::optional<WorkflowError>> List() {
    services::ObjectStore::ListRequest request{.bucket = bucket_,
                                               .prefix = TextOf(plan_.reader_arguments, "Prefix")};
    do {
      services::ObjectStore::ListRequest next = request;
      absl::StatusOr<services::ObjectPage> page = co_await objects_.List(std::move(next));
      if (!page.ok()) co_return ItemReaderFailed(page.status().message());
      for (const services::ObjectInfo& object : page->objects) {
        if (IsEnough()) break;
        items_.push_back(Json::Of({{"Etag", object.etag},
                                   {"Key", object.key},
                                   {"LastModified", absl::ToUnixSeconds(object.last_modified)},
                                   {"Size", object.size},
                                   {"StorageClass", "STANDARD"}}));
      }
      request.after = page->next;
    } while (!request.after.empty() && !IsEnough());
    co_return std::nullopt;
  }

  async::Task<Outcome<Json>> ReadNamed() {
    const Json& config = plan_.reader->config;
    services::ObjectName name{.bucket = bucket_, .key = TextOf(plan_.reader_arguments, "Key")};
    absl::StatusOr<std::string> data = co_await Fetch(std::move(name));
    if (!data.ok()) co_return ItemReaderFailed(data.status().message());
    if (!engine::IsManifest(config)) {
      Outcome<Json> items = engine::ReadItems(*data, config);
      if (!items.ok()) co_return items.error();
      co_return engine::FirstItems(*std::move(items), items_max_);
    }
    const Outcome<engine::Manifest> manifest = engine::ReadManifest(*data, config);
    if (!manifest.ok()) co_return manifest.error();
    for (const engine::Manifest::File& file : manifest->files) {
      if (IsEnough()) break;
      services::ObjectName part{.bucket = file.bucket.empty() ? bucket_ : file.bucket,
                                .key = file.key};
      data = co_await Fetch(std::move(part));
      if (!data.ok()) co_return ItemReaderFailed(data.status().message());
      std::optional<WorkflowError> error = Take(engine::ReadItems(*data, manifest->config));
      if (error) co_return *std::move(error);
    }
    co_return Json(std::move(items_));
  }

  async::Task<absl::StatusOr<std::string>> Fetch(services::ObjectName name) {
    absl::StatusOr<std::string> data = co_await objects_.Get(std::move(name));
    if (!data.ok() || !IsGzip(*data)) co_return data;
    co_return Gunzip(*data, services::ObjectStore::kObjectBytesMax);
  }

  std::optional<WorkflowError> Take(const Outcome<Json>& items) {
    if (!items.ok()) return items.error();
    for (int64_t i = 0; i < engine::ItemCount(*items) && !IsEnough(); ++i) {
      const engine::MapItem item = engine::ItemAt(*items, i);
      items_.push_back(engine::InputOf(item));
    }
    return std::nullopt;
  }

  const engine::MapRunPlan& plan_;
  RunObjects& objects_;
  const std::string bucket_;
  const int64_t items_max_;
  Json::Array items_;
};

}  // namespace

std::string OriginOfItems(const engine::MapRunPlan& plan) {
  std::string origin = absl::StrCat("s3://", TextOf(plan.reader_arguments, "Bucket"));
  if (!IsListing(plan)) absl::StrAppend(&origin, "/", TextOf(plan.reader_arguments, "Key"));
  return origin;
}

WorkflowError ItemReaderFailed(absl::string_view cause) {
  return {"States.ItemReaderFailed", std::string(cause)};
}

async::Task<Outcome<Json>> ReadItemsOf(const engine::MapRunPlan& plan, RunObjects* objects) {
  if (objects == nullptr) {
    co_return ItemReaderFailed("this server's configuration has no `objects`");
  }
  Reader reader(plan, *objects);
  co_return co_await reader.Read();
}

}  // namespace segue::scheduler

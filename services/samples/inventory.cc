#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/mutex.h"
#include "services/samples/grpc_conduct.h"
#include "services/samples/shop.h"
#include "services/samples/shop/v1/shop.grpc.pb.h"

namespace segue::samples {
namespace {

namespace pb = shop::v1;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

// Of every article, but for those that are always sold out: "rare-...".
constexpr int kStock = 1'000'000;

class Inventory final : public pb::Inventory::CallbackService {
 public:
  Inventory(Ledger& ledger, Switches& switches) : conduct_("inventory", ledger, switches) {}

  ServerUnaryReactor* Reserve(CallbackServerContext* context, const pb::ReserveRequest* request,
                              pb::ReserveResponse* response) override {
    return conduct_.Serve(context, "Reserve", response,
                          [=, this] { return Take(*request, *response); });
  }

  ServerUnaryReactor* Release(CallbackServerContext* context, const pb::ReleaseRequest* request,
                              pb::ReleaseResponse* response) override {
    return conduct_.Serve(context, "Release", response,
                          [=, this] { return PutBack(request->order_id(), *response); });
  }

 private:
  struct Order {
    std::vector<pb::OrderLine> reserved;
    bool released = false;
  };

  grpc::Status Take(const pb::ReserveRequest& request, pb::ReserveResponse& response) {
    const pb::OrderLine& line = request.line();
    if (request.order_id().empty() || line.sku().empty() || line.quantity() < 1) {
      return {grpc::StatusCode::INVALID_ARGUMENT,
              "needs an order_id, and a line with a sku and a quantity of at least 1"};
    }
    MutexLock lock(&mutex_);
    Order& order = orders_[request.order_id()];
    if (order.released) {
      return {grpc::StatusCode::FAILED_PRECONDITION,
              absl::StrCat("order ", request.order_id(), " was released")};
    }
    int& left = stock_.try_emplace(line.sku(), kStock).first->second;
    if (absl::StartsWith(line.sku(), "rare-") || left < line.quantity()) {
      return {grpc::StatusCode::FAILED_PRECONDITION, absl::StrCat(line.sku(), " is out of stock")};
    }
    left -= line.quantity();
    order.reserved.push_back(line);
    response.set_reservation_id(
        absl::StrCat("res-", request.order_id(), "-", order.reserved.size()));
    response.set_left(left);
    return grpc::Status::OK;
  }

  grpc::Status PutBack(const std::string& order_id, pb::ReleaseResponse& response) {
    MutexLock lock(&mutex_);
    Order& order = orders_[order_id];
    order.released = true;
    for (const pb::OrderLine& line : order.reserved) stock_[line.sku()] += line.quantity();
    response.set_released(static_cast<int>(order.reserved.size()));
    order.reserved.clear();
    return grpc::Status::OK;
  }

  GrpcConduct conduct_;
  Mutex mutex_;
  std::map<std::string, int> stock_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Order> orders_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<grpc::Service> MakeInventory(Ledger& ledger, Switches& switches) {
  return std::make_unique<Inventory>(ledger, switches);
}

}  // namespace segue::samples

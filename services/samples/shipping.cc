#include <set>
#include <string>

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

class Shipping final : public pb::Shipping::CallbackService {
 public:
  Shipping(Ledger& ledger, Switches& switches) : conduct_("shipping", ledger, switches) {}

  ServerUnaryReactor* Quote(CallbackServerContext* context, const pb::QuoteRequest* request,
                            pb::QuoteResponse* response) override {
    return conduct_.Serve(context, "Quote", response, [=] {
      const bool near = request->country() == "DE" || request->country() == "FR";
      response->set_carrier(near ? "road" : "air");
      response->set_cents(near ? 490 : 1990);
      return grpc::Status::OK;
    });
  }

  ServerUnaryReactor* Ship(CallbackServerContext* context, const pb::ShipRequest* request,
                           pb::ShipResponse* response) override {
    return conduct_.Serve(context, "Ship", response,
                          [=, this] { return HandOver(*request, *response); });
  }

  ServerUnaryReactor* Cancel(CallbackServerContext* context, const pb::CancelRequest* request,
                             pb::CancelResponse* response) override {
    return conduct_.Serve(context, "Cancel", response,
                          [=, this] { return Stop(request->tracking_id()); });
  }

 private:
  grpc::Status HandOver(const pb::ShipRequest& request, pb::ShipResponse& response) {
    if (request.country() == "AQ") {
      return {grpc::StatusCode::FAILED_PRECONDITION, "no carrier goes to AQ"};
    }
    MutexLock lock(&mutex_);
    const std::string id = absl::StrCat(request.carrier(), "-", request.order_id());
    parcels_.insert(id);
    response.set_tracking_id(id);
    return grpc::Status::OK;
  }

  grpc::Status Stop(const std::string& tracking_id) {
    MutexLock lock(&mutex_);
    if (parcels_.erase(tracking_id) > 0) return grpc::Status::OK;
    return {grpc::StatusCode::NOT_FOUND, absl::StrCat("there is no parcel ", tracking_id)};
  }

  GrpcConduct conduct_;
  Mutex mutex_;
  std::set<std::string> parcels_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<grpc::Service> MakeShipping(Ledger& ledger, Switches& switches) {
  return std::make_unique<Shipping>(ledger, switches);
}

}  // namespace segue::samples

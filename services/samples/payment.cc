#include <map>
#include <string>

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

class Payment final : public pb::Payment::CallbackService {
 public:
  Payment(Ledger& ledger, Switches& switches) : conduct_("payment", ledger, switches) {}

  ServerUnaryReactor* Charge(CallbackServerContext* context, const pb::ChargeRequest* request,
                             pb::ChargeResponse* response) override {
    return conduct_.Serve(context, "Charge", response,
                          [=, this] { return Take(*request, *response); });
  }

  ServerUnaryReactor* Refund(CallbackServerContext* context, const pb::RefundRequest* request,
                             pb::RefundResponse* response) override {
    return conduct_.Serve(context, "Refund", response,
                          [=, this] { return GiveBack(request->charge_id()); });
  }

 private:
  grpc::Status Take(const pb::ChargeRequest& request, pb::ChargeResponse& response) {
    if (request.cents() <= 0) {
      return {grpc::StatusCode::INVALID_ARGUMENT, "the amount must be above 0"};
    }
    if (absl::EndsWith(request.card(), "0000")) {
      return {grpc::StatusCode::ABORTED, "the card is declined"};
    }
    MutexLock lock(&mutex_);
    const std::string id = absl::StrCat("ch-", request.order_id());
    charges_[id] += request.cents();
    response.set_charge_id(id);
    response.set_cents(request.cents());
    return grpc::Status::OK;
  }

  grpc::Status GiveBack(const std::string& charge_id) {
    MutexLock lock(&mutex_);
    if (charges_.erase(charge_id) > 0) return grpc::Status::OK;
    return {grpc::StatusCode::NOT_FOUND, absl::StrCat("there is no charge ", charge_id)};
  }

  GrpcConduct conduct_;
  Mutex mutex_;
  std::map<std::string, int64_t> charges_ ABSL_GUARDED_BY(mutex_);  // cents
};

}  // namespace

std::unique_ptr<grpc::Service> MakePayment(Ledger& ledger, Switches& switches) {
  return std::make_unique<Payment>(ledger, switches);
}

}  // namespace segue::samples

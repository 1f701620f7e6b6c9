#include "services/samples/shop.h"

#include <google/protobuf/message.h>
#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "services/samples/shop/v1/shop.grpc.pb.h"

namespace segue::samples {
namespace {

namespace pb = shop::v1;
using Reactor = grpc::ServerUnaryReactor;

std::string Metadata(const grpc::CallbackServerContext& context, const char* name) {
  const auto found = context.client_metadata().find(name);
  if (found == context.client_metadata().end()) return "";
  return {found->second.data(), found->second.size()};
}

// What all three services do around the work itself: behave as the switches say, and do it once for
// each key.
class Conduct {
 public:
  Conduct(std::string service, Ledger& ledger, Switches& switches)
      : service_(std::move(service)), ledger_(ledger), switches_(switches) {}

  template <typename Response>
  Reactor* Serve(grpc::CallbackServerContext* context, const char* method, Response* response,
                 const std::function<grpc::Status(Response&)>& work) {
    const Switches::Fate fate = switches_.Draw(service_);
    Reactor* reactor = context->DefaultReactor();
    if (fate.latency == absl::ZeroDuration()) {
      Answer(*context, method, fate.outcome, *response, work, *reactor);
      return reactor;
    }
    auto alarm = std::make_shared<grpc::Alarm>();
    grpc::Alarm& timer = *alarm;
    timer.Set(absl::ToChronoTime(absl::Now() + fate.latency),
              [this, alarm, context, method, outcome = fate.outcome, response, work,
               reactor](bool) mutable {
                // The alarm holds this function, which holds the alarm: let go of it.
                const std::shared_ptr<grpc::Alarm> fired = std::move(alarm);
                Answer(*context, method, outcome, *response, work, *reactor);
              });
    return reactor;
  }

 private:
  template <typename Response>
  void Answer(const grpc::CallbackServerContext& context, const char* method,
              Switches::Fate::Outcome outcome, Response& response,
              const std::function<grpc::Status(Response&)>& work, Reactor& reactor) {
    if (outcome == Switches::Fate::Outcome::kFails) {
      reactor.Finish({grpc::StatusCode::UNAVAILABLE, service_ + " is having a bad moment"});
      return;
    }
    std::string message;
    const Ledger::Answer answer =
        ledger_.Once({.service = service_,
                      .method = method,
                      .key = Metadata(context, "idempotency-key"),
                      .execution_id = Metadata(context, "segue-execution-id")},
                     [&] {
                       Response made;
                       const grpc::Status status = work(made);
                       message = status.error_message();
                       return Ledger::Answer{status.error_code(), made.SerializeAsString()};
                     });
    response.ParseFromString(answer.body);
    if (outcome == Switches::Fate::Outcome::kLosesAnswer) {
      reactor.Finish({grpc::StatusCode::UNAVAILABLE, "the connection broke"});
    } else {
      reactor.Finish({static_cast<grpc::StatusCode>(answer.code), message});
    }
  }

  const std::string service_;
  Ledger& ledger_;
  Switches& switches_;
};

class Inventory final : public pb::Inventory::CallbackService {
 public:
  Inventory(Ledger& ledger, Switches& switches) : conduct_("inventory", ledger, switches) {}

  Reactor* Reserve(grpc::CallbackServerContext* context, const pb::ReserveRequest* request,
                   pb::ReserveResponse* response) override {
    return conduct_.Serve<pb::ReserveResponse>(
        context, "Reserve", response, [this, request](auto& made) {
          absl::MutexLock lock(&mutex_);
          const pb::OrderLine& line = request->line();
          // A stock of plenty, but for what is always sold out.
          auto [stock, added] = stock_.try_emplace(line.sku(), 1'000'000);
          if (absl::StartsWith(line.sku(), "rare-") || stock->second < line.quantity()) {
            return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION,
                                absl::StrCat(line.sku(), " is out of stock"));
          }
          stock->second -= line.quantity();
          reserved_[request->order_id()].push_back(line);
          made.set_reservation_id(absl::StrCat("res-", request->order_id(), "-",
                                               reserved_[request->order_id()].size()));
          made.set_left(stock->second);
          return grpc::Status::OK;
        });
  }

  Reactor* Release(grpc::CallbackServerContext* context, const pb::ReleaseRequest* request,
                   pb::ReleaseResponse* response) override {
    return conduct_.Serve<pb::ReleaseResponse>(
        context, "Release", response, [this, request](auto& made) {
          absl::MutexLock lock(&mutex_);
          const auto lines = reserved_.extract(request->order_id());
          if (lines.empty()) return grpc::Status::OK;
          for (const pb::OrderLine& line : lines.mapped()) stock_[line.sku()] += line.quantity();
          made.set_released(static_cast<int>(lines.mapped().size()));
          return grpc::Status::OK;
        });
  }

 private:
  Conduct conduct_;
  absl::Mutex mutex_;
  std::map<std::string, int> stock_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::vector<pb::OrderLine>> reserved_ ABSL_GUARDED_BY(mutex_);
};

class Payment final : public pb::Payment::CallbackService {
 public:
  Payment(Ledger& ledger, Switches& switches) : conduct_("payment", ledger, switches) {}

  Reactor* Charge(grpc::CallbackServerContext* context, const pb::ChargeRequest* request,
                  pb::ChargeResponse* response) override {
    return conduct_.Serve<pb::ChargeResponse>(context, "Charge", response, [request](auto& made) {
      if (absl::EndsWith(request->card(), "0000")) {
        return grpc::Status(grpc::StatusCode::ABORTED, "the card is declined");
      }
      made.set_charge_id(absl::StrCat("ch-", request->order_id()));
      made.set_cents(request->cents());
      return grpc::Status::OK;
    });
  }

  Reactor* Refund(grpc::CallbackServerContext* context, const pb::RefundRequest*,
                  pb::RefundResponse* response) override {
    return conduct_.Serve<pb::RefundResponse>(context, "Refund", response,
                                              [](auto&) { return grpc::Status::OK; });
  }

 private:
  Conduct conduct_;
};

class Shipping final : public pb::Shipping::CallbackService {
 public:
  Shipping(Ledger& ledger, Switches& switches) : conduct_("shipping", ledger, switches) {}

  Reactor* Quote(grpc::CallbackServerContext* context, const pb::QuoteRequest* request,
                 pb::QuoteResponse* response) override {
    return conduct_.Serve<pb::QuoteResponse>(context, "Quote", response, [request](auto& made) {
      const bool near = request->country() == "DE" || request->country() == "FR";
      made.set_carrier(near ? "road" : "air");
      made.set_cents(near ? 490 : 1990);
      return grpc::Status::OK;
    });
  }

  Reactor* Ship(grpc::CallbackServerContext* context, const pb::ShipRequest* request,
                pb::ShipResponse* response) override {
    return conduct_.Serve<pb::ShipResponse>(context, "Ship", response, [request](auto& made) {
      made.set_tracking_id(absl::StrCat(request->carrier(), "-", request->order_id()));
      return grpc::Status::OK;
    });
  }

 private:
  Conduct conduct_;
};

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> MakeShop(Ledger& ledger, Switches& switches) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(std::make_unique<Inventory>(ledger, switches));
  services.push_back(std::make_unique<Payment>(ledger, switches));
  services.push_back(std::make_unique<Shipping>(ledger, switches));
  return services;
}

}  // namespace segue::samples

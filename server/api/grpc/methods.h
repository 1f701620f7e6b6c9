#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/api/grpc/rpc.h"

namespace segue::api {

// The unary methods of one service: name, how a call of it is requested from gRPC, and who serves
// it.
template <typename Service>
class MethodTable {
 public:
  MethodTable(Service& service, std::string name) : service_(service), name_(std::move(name)) {}

  // Calls waiting to be matched per method and loop: gRPC degrades to a slow path without any.
  static constexpr int kAccepting = 16;

  // `request_method` is the generated RequestX; `serve` a member of `owner` that takes (request,
  // response), with the call's context or its loop's executor before them where it wants that.
  template <typename Base, typename Request, typename Response, typename Owner, typename Serve>
  void Add(const char* method,
           void (Base::*request_method)(grpc::ServerContext*, Request*,
                                        grpc::ServerAsyncResponseWriter<Response>*,
                                        grpc::CompletionQueue*, grpc::ServerCompletionQueue*,
                                        void*),
           Owner* owner, Serve serve) {
    auto handler = std::make_shared<UnaryHandler<Request, Response>>(
        [owner, serve](async::Executor& executor, const grpc::ServerContext& context,
                       const Request& request, Response& response) {
          if constexpr (std::is_invocable_v<Serve, Owner*, const Request&, Response&>) {
            return std::invoke(serve, owner, request, response);
          } else if constexpr (std::is_invocable_v<Serve, Owner*, async::Executor&, const Request&,
                                                   Response&>) {
            return std::invoke(serve, owner, executor, request, response);
          } else {
            return std::invoke(serve, owner, context, request, response);
          }
        });
    auto full_name = std::make_shared<std::string>(absl::StrCat(name_, "/", method));
    accept_.push_back([this, request_method, handler, full_name](const Loop& loop) {
      for (int i = 0; i < kAccepting; ++i) {
        loop.tasks->Spawn(AcceptUnary<Service, decltype(request_method), Request, Response>(
            loop, service_, request_method, *full_name, *handler));
      }
    });
  }

  // `loop` outlives the server.
  void Accept(const Loop& loop) const {
    for (const auto& accept : accept_) accept(loop);
  }

 private:
  Service& service_;
  const std::string name_;
  std::vector<std::function<void(const Loop&)>> accept_;
};

}  // namespace segue::api

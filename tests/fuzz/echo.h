#pragma once

#include <optional>
#include <string>
#include <utility>

#include "services/connector/connector.h"

namespace segue::fuzz {

// A service that gives back what it is sent.
class Echo final : public services::Connector {
 public:
  async::Task<services::CallResult> Invoke(services::Call call, async::Executor&,
                                           async::CancelToken) override {
    if (call.sent) call.sent();
    co_return services::CallResult{.outcome = std::move(call.arguments),
                                   .retry_after = std::nullopt};
  }
  std::optional<std::string> CheckMethod(const std::string&) const override { return {}; }
};

}  // namespace segue::fuzz

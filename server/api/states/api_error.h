#pragma once

#include <string>
#include <utility>
#include <variant>

#include "server/base/check.h"

namespace segue::api::states {

// An error of the Step Functions API, as a value: what the AWS JSON 1.0 protocol sends as `__type`
// and `message`.
struct ApiError {
  std::string type;  // the shape's name in service-2.json: "ValidationException", ...
  std::string message;

  friend bool operator==(const ApiError&, const ApiError&) = default;
};

// The response of an operation, or its error.
template <typename T>
class [[nodiscard]] ApiResult {
 public:
  ApiResult(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  ApiResult(ApiError error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  const T& value() const& { return Get<0>(); }
  T&& value() && {
    SEGUE_CHECK(ok());
    return std::get<0>(std::move(state_));
  }
  const T& operator*() const& { return Get<0>(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &Get<0>(); }
  const ApiError& error() const { return Get<1>(); }

 private:
  template <size_t I>
  const auto& Get() const {
    SEGUE_CHECK(state_.index() == I);
    return std::get<I>(state_);
  }

  std::variant<T, ApiError> state_;
};

inline ApiError ValidationException(std::string message) {
  return {"ValidationException", std::move(message)};
}

}  // namespace segue::api::states

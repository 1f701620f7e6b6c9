#pragma once

#include <string>
#include <utility>
#include <variant>

#include "server/base/check.h"

namespace segue {

// A workflow's own failure: what Retry and Catch match. A value, never an absl::Status: the
// workflow failed, not Segue.
struct WorkflowError {
  std::string name;   // "States.Timeout", "Grpc.Unavailable", ...
  std::string cause;  // for people; may be empty
  // Where an expression failed: the field of the state that holds it, "Output/total". Empty for
  // other errors. Not part of what the workflow sees.
  std::string location = {};

  friend bool operator==(const WorkflowError&, const WorkflowError&) = default;
};

// A value, or the workflow's error.
template <typename T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Outcome(WorkflowError error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  const T& value() const& { return Get<0>(); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  const T& operator*() const& { return Get<0>(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &Get<0>(); }
  const WorkflowError& error() const { return Get<1>(); }

 private:
  template <size_t I>
  const auto& Get() const {
    SEGUE_CHECK(state_.index() == I);
    return std::get<I>(state_);
  }

  std::variant<T, WorkflowError> state_;
};

}  // namespace segue

// SEGUE_TRY(name, expression): `name` is the value of an Outcome, or this function returns its
// error.
#define SEGUE_TRY(name, expression)                        \
  auto name##_outcome = (expression);                      \
  if (!name##_outcome.ok()) return name##_outcome.error(); \
  auto name = std::move(name##_outcome).value()

#pragma once

#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"

namespace segue::async {

// Asks work in flight to stop. The source is held by who may ask; the token is passed down to the
// work, which hangs a callback on it (TryCancel of an RPC, say). Cancelling is a request: the work
// still ends by itself, soon.
//
// Threads: one, its executor's. Copies of a token share one state.
class CancelToken {
 public:
  bool cancelled() const { return state_ && state_->cancelled; }

  // Calls `callback` when cancelled: at once where that has happened. One callback a token state;
  // null takes it off.
  void OnCancel(absl::AnyInvocable<void()> callback) const {
    if (!state_) return;
    if (state_->cancelled && callback) {
      callback();
      return;
    }
    state_->callback = std::move(callback);
  }

 private:
  friend class CancelSource;
  struct State {
    bool cancelled = false;
    absl::AnyInvocable<void()> callback;
  };
  std::shared_ptr<State> state_;
};

class CancelSource {
 public:
  CancelSource() { token_.state_ = std::make_shared<CancelToken::State>(); }
  const CancelToken& token() const { return token_; }
  void Cancel() {
    if (std::exchange(token_.state_->cancelled, true)) return;
    if (token_.state_->callback) std::exchange(token_.state_->callback, nullptr)();
  }

 private:
  CancelToken token_;
};

}  // namespace segue::async

#pragma once

#include <cstdint>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "server/base/ids.h"

namespace grpc {
class CompletionQueue;
}  // namespace grpc

namespace segue::async {

using Callback = absl::AnyInvocable<void()>;
using TimerId = StrongId<struct TimerIdTag, uint64_t>;

// One thread's event loop. It works in turns: a turn handles all that is ready, then runs the
// turn-end hook (where a shard commits). Real servers use one over a gRPC completion queue; tests
// and the simulation one on virtual time.
//
// Threads: Post and IsCurrent may be called from any thread; everything else only on the loop's
// own. Errors: none. What was posted or set and not run when the loop ends is destroyed unrun.
class Executor {
 public:
  virtual ~Executor() = default;

  // Runs `callback` in a later turn. Not bounded: what posts is bounded (RPCs in flight, attempts
  // in flight).
  virtual void Post(Callback callback) = 0;
  // Whether the caller is on this loop's thread.
  virtual bool IsCurrent() const = 0;

  virtual absl::Time Now() const = 0;
  // Runs `callback` once, at `time` or soon after.
  virtual TimerId At(absl::Time time, Callback callback) = 0;
  // Does nothing where the timer has run.
  virtual void Cancel(TimerId timer) = 0;

  // Runs at the end of every turn that did something. Set once, before the loop runs.
  virtual void SetTurnEndHook(Callback hook) = 0;

  // Where outgoing gRPC calls of this loop complete; null on an executor without sockets.
  virtual grpc::CompletionQueue* completion_queue() { return nullptr; }
};

}  // namespace segue::async

#pragma once

namespace segue::async {

// What every tag on one of our gRPC completion queues points to. Complete is called once for each
// time the tag was given to gRPC, on the queue's thread; `ok` as gRPC's CompletionQueue::Next says.
struct QueueTag {
  virtual void Complete(bool ok) = 0;  // lint: allow(bool): gRPC's own

 protected:
  ~QueueTag() = default;
};

}  // namespace segue::async

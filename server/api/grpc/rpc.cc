#include "server/api/grpc/rpc.h"

#include "server/base/error.h"

namespace segue::api {

absl::Status CheckDeadline(const grpc::ServerContext& context, absl::Time now) {
  if (DeadlineOf(context) > now) return absl::OkStatus();
  return MakeError(absl::StatusCode::kDeadlineExceeded,
                   "the call's deadline had passed when it arrived: nothing was done",
                   {.reason = "DEADLINE_PASSED"});
}

void EndStreams(const Loop& loop) {
  const std::set<OpenStream*> open = *loop.open_streams;
  for (OpenStream* stream : open) stream->EndForDrain();
}

}  // namespace segue::api

#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "absl/synchronization/notification.h"
#include "services/samples/ledger.h"
#include "services/samples/switches.h"

namespace segue::samples {

// The services of samples.v1: the ledger to read, the switches to set.
//
// Threads: gRPC's. Ownership: the arguments outlive them. WatchCalls ends when `ending` is
// notified.
std::unique_ptr<grpc::Service> MakeLedgerService(Ledger& ledger, Switches& switches,
                                                 const absl::Notification& ending);
std::unique_ptr<grpc::Service> MakeSwitchesService(Switches& switches);

}  // namespace segue::samples

#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "services/samples/ledger.h"
#include "services/samples/switches.h"

namespace segue::samples {

// The services of shop.v1, one a file. What they know is in memory alone.
//
// Threads: gRPC's. Ownership: ledger and switches outlive them.
std::unique_ptr<grpc::Service> MakeInventory(Ledger& ledger, Switches& switches);
std::unique_ptr<grpc::Service> MakePayment(Ledger& ledger, Switches& switches);
std::unique_ptr<grpc::Service> MakeShipping(Ledger& ledger, Switches& switches);

}  // namespace segue::samples

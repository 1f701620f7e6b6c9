#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>
#include <vector>

#include "services/samples/ledger.h"
#include "services/samples/switches.h"

namespace segue::samples {

// shop.v1.Inventory, Payment and Shipping.
//
// Threads: gRPC's. Ownership: ledger and switches outlive them.
std::vector<std::unique_ptr<grpc::Service>> MakeShop(Ledger& ledger, Switches& switches);

}  // namespace segue::samples

#pragma once

#include <memory>
#include <string>

#include "services/connector/object_store.h"

namespace segue::services {

// Buckets as folders below one directory, keys as paths in them. Files are read and written on a
// thread of their own for each operation, so that no loop waits for a disk.
std::unique_ptr<ObjectStore> MakeDirectoryStore(std::string directory);

}  // namespace segue::services

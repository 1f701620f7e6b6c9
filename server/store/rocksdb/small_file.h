#pragma once

#include <string>

#include "rocksdb/env.h"
#include "rocksdb/status.h"

namespace segue::store::rocks {

// Makes <dir>/<name>, or replaces it, durably: a crash leaves all of it or what was there before.
::rocksdb::Status WriteSmallFile(::rocksdb::Env* env, const std::string& dir,
                                 const std::string& name, const std::string& text);

}  // namespace segue::store::rocks

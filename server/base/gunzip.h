#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace segue {

// Whether the data begins as a gzip file does (RFC 1952).
bool IsGzip(std::string_view data);

// What a gzip file holds, of all its members. InvalidArgument where it is damaged or cut off,
// ResourceExhausted where it holds more than `bytes_max`.
absl::StatusOr<std::string> Gunzip(std::string_view data, int64_t bytes_max);

}  // namespace segue

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace segue::api {

// An opaque page token: where to go on, and a fingerprint of what is listed, so that a token of
// another list is refused (AIP-158).
std::string EncodePageToken(std::string_view list, const std::vector<std::string>& position);

// The position. InvalidArgument (BAD_PAGE_TOKEN) where the token is broken or of another list.
absl::StatusOr<std::vector<std::string>> DecodePageToken(std::string_view list,
                                                         const std::string& token);

// The page size to use (AIP-158): `requested` 0 means `usual`, more than 1000 means 1000; negative
// is InvalidArgument.
struct PageSizes {
  int requested = 0;
  int usual = 50;
};
absl::StatusOr<int> PageSize(PageSizes sizes);

}  // namespace segue::api

#include "server/api/grpc/page_token.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/scheduler/errors.h"

namespace segue::api {
namespace {

constexpr int kPageSizeMax = 1000;
constexpr char kSeparator = '\n';

absl::Status BadToken() {
  return scheduler::BadField("page_token", "BAD_PAGE_TOKEN",
                             "the token is not one of this list: use next_page_token of the page "
                             "before, with the same filter and order");
}

}  // namespace

std::string EncodePageToken(std::string_view list, const std::vector<std::string>& position) {
  const std::string text = absl::StrCat(std::string(list), std::string(1, kSeparator),
                                        absl::StrJoin(position, std::string(1, kSeparator)));
  return absl::WebSafeBase64Escape(text);
}

absl::StatusOr<std::vector<std::string>> DecodePageToken(std::string_view list,
                                                         const std::string& token) {
  std::string text;
  if (!absl::WebSafeBase64Unescape(token, &text)) return BadToken();
  std::vector<std::string> parts = absl::StrSplit(text, kSeparator);
  if (parts.size() < 2 || parts.front() != list) return BadToken();
  parts.erase(parts.begin());
  return parts;
}

absl::StatusOr<int> PageSize(PageSizes sizes) {
  if (sizes.requested < 0) {
    return scheduler::BadField("page_size", "OUT_OF_RANGE", "a page size is not negative");
  }
  return sizes.requested == 0 ? sizes.usual : std::min(sizes.requested, kPageSizeMax);
}

}  // namespace segue::api

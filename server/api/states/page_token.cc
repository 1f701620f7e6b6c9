#include "server/api/states/page_token.h"

#include "absl/strings/escaping.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

constexpr char kSeparator = '\n';
constexpr int kPageSizeUsual = 100;

}  // namespace

std::string EncodePageToken(std::string_view list, std::string_view position) {
  return absl::WebSafeBase64Escape(
      language::Concat(list, std::string_view(&kSeparator, 1), position));
}

ApiResult<std::string> PagePosition(const Json& input, std::string_view list) {
  const std::string* token = input.FindString("nextToken");
  if (token == nullptr) return std::string();
  std::string text;
  if (absl::WebSafeBase64Unescape(*token, &text)) {
    const size_t end = text.find(kSeparator);
    if (end != text.npos && std::string_view(text).substr(0, end) == list) {
      return text.substr(end + 1);
    }
  }
  return InvalidToken();
}

ApiError InvalidToken() { return {"InvalidToken", "Invalid Token: 'Invalid token'"}; }

int PageSize(const Json& input) {
  const Json* size = input.Find("maxResults");
  const bool given = size != nullptr && size->is_int() && size->int_value() > 0;
  return given ? static_cast<int>(size->int_value()) : kPageSizeUsual;
}

}  // namespace segue::api::states

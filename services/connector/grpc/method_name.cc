#include "services/connector/grpc/method_name.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace segue::services {
namespace {

bool IsIdentifier(std::string_view text) {
  const auto is_letter = [](unsigned char c) { return absl::ascii_isalpha(c) || c == '_'; };
  const auto is_part = [&](unsigned char c) { return is_letter(c) || absl::ascii_isdigit(c); };
  return !text.empty() && is_letter(static_cast<unsigned char>(text.front())) &&
         std::all_of(text.begin(), text.end(), is_part);
}

bool IsQualifiedName(std::string_view text) {
  while (true) {
    const size_t dot = text.find('.');
    if (!IsIdentifier(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

std::optional<MethodName> ParseMethodName(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  MethodName name{text, text.substr(0, slash), text.substr(slash + 1)};
  if (!IsQualifiedName(name.service) || !IsIdentifier(name.method)) return std::nullopt;
  return name;
}

std::optional<std::string> MethodNameFault(std::string_view text) {
  if (ParseMethodName(text)) return std::nullopt;
  return absl::StrCat("\"", absl::CHexEscape(std::string(text)),
                      "\" is no gRPC method; expected package.Service/Method");
}

}  // namespace segue::services

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace segue::services {

// "package.Service/Method" in its parts, which point into the text.
struct MethodName {
  std::string_view full;
  std::string_view service;
  std::string_view method;
};

// Nothing where `text` is no such name.
std::optional<MethodName> ParseMethodName(std::string_view text);

// What is wrong with it; nothing where it is fine.
std::optional<std::string> MethodNameFault(std::string_view text);

}  // namespace segue::services

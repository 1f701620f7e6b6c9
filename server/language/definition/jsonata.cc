#include "server/language/definition/jsonata.h"

#include "absl/status/status.h"

namespace segue::language {

absl::StatusOr<ExpressionPtr> CompileJsonata(std::string_view /*text*/,
                                             std::string_view /*location*/) {
  return absl::UnimplementedError("JSONata expressions come with a later version of Segue");
}

bool IsJsonata(std::string_view text) {
  return text.size() >= 4 && text.substr(0, 2) == "{%" && text.substr(text.size() - 2) == "%}";
}

}  // namespace segue::language

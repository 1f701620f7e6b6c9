#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/language/parse.h"

namespace segue::api::states {

// How AWS says that a Map's Label cannot be: "Error=ValueError Args=["Label contains invalid
// character: '?'"] in definition '...'.", unlike everything else that is wrong with a definition.
// Nothing where `fault` is another. Pure.
std::optional<std::string> LabelFaultMessage(const language::Fault& fault,
                                             std::string_view definition);

}  // namespace segue::api::states

#include "server/language/definition/field_compiler.h"

#include "server/language/text.h"

namespace segue::language {
namespace {

constexpr size_t kVariableNameLengthMax = 80;  // characters

// UAX 31 by its ASCII part; any character beyond ASCII is let through, as no table of Unicode's
// identifier properties is at hand.
bool IsIdentifier(std::string_view name) {
  for (size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
    const bool digit = c >= '0' && c <= '9';
    if (!letter && !(digit && i > 0)) return false;
  }
  return !name.empty();
}

}  // namespace

const FieldCompiler& FieldCompilerFor(QueryLanguage language) {
  return language == QueryLanguage::kJsonata ? JsonataFieldCompiler() : JsonPathFieldCompiler();
}

bool CheckVariableName(std::string_view name, const Node& member, Faults* faults) {
  std::string fault;
  if (!IsIdentifier(name)) {
    fault = Concat("'", name,
                   "' is not a valid variable name: it must begin with a letter and hold "
                   "only letters, digits and underscores");
  } else if (name == "states") {
    fault = "'states' is a reserved name; a variable must not have it";
  } else if (CharacterCount(name) > kVariableNameLengthMax) {
    fault = Concat("The variable name '", name, "' is longer than 80 characters");
  } else {
    return true;
  }
  faults->Add(member.name_position(), kSchemaValidationFailed, std::move(fault));
  return false;
}

}  // namespace segue::language

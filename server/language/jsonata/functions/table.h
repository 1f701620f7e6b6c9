#pragma once

#include <span>
#include <string_view>

#include "server/language/jsonata/program.h"
#include "server/language/jsonata/value.h"

namespace segue::language::jsonata {

class Evaluator;
class Signature;

// A function of the language's own, called with arguments that fit its signature. As many arguments
// as the signature has parameters are there; those left out are undefined.
using Native = Value (*)(Evaluator& evaluator, std::span<const Value> arguments);

struct Builtin {
  std::string_view name;
  std::string_view signature_text;
  // How many parameters the reference's implementation declares: what it hands to $map and the like
  // depends on it.
  int arity = 0;
  Native native = nullptr;
  const Signature* signature = nullptr;
};

// Null where there is none of that name.
const Builtin* FindBuiltin(std::string_view name, Library library);

}  // namespace segue::language::jsonata

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/language/jsonpath/ast.h"
#include "server/language/jsonpath/evaluation.h"

namespace segue::language::jsonpath {

// One side of a comparison, evaluated: Jayway's ValueNode. Neither copied nor moved where it
// borrows from itself; made in place.
struct Term {
  enum class Kind {
    kUndefined,  // the path finds nothing
    kNull,
    kBool,
    kNumber,
    kText,
    kJson,      // an array or an object
    kJsonText,  // one that is written, in the filter or inside a text of the document
    kRegex,
    kPathText,  // a text of a list that would be a path: equals nothing
  };
  Kind kind = Kind::kUndefined;
  const Json* value = nullptr;  // borrowed; null where a JSON text cannot be read
  std::string_view written;     // with kJsonText; of a number in a filter
  const re2::RE2* regex = nullptr;
  std::optional<Json> owned = {};  // what `value` points to, where nothing else holds it
};

Term TermOf(const Json& value);
Term TermOf(const Operand& literal);

// The elements of a list as terms. kOther where one of them is itself a list or an object, which
// Jayway cannot compare.
Fault ListTerms(const Json& list, std::vector<Term>* terms);

// The text that a regular expression is matched with: empty where the term has none.
std::string MatchedText(const Term& term);

// Jayway's `==`.
bool Equal(const Term& left, const Term& right);

// Whether `list` holds `wanted`: as `==`, but arrays and objects only where both are written the
// same.
bool Holds(const std::vector<Term>& list, const Term& wanted);

// Negative, 0, positive; nothing where the two have no order.
std::optional<int> Order(const Term& left, const Term& right);

// How Java's BigDecimal writes the number that `text` is: "1E+2" for "1e2", "0.5" for ".5".
std::string DecimalText(std::string_view text);

}  // namespace segue::language::jsonpath

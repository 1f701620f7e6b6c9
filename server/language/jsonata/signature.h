#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "server/language/jsonata/arena.h"
#include "server/language/jsonata/node.h"
#include "server/language/jsonata/value.h"

namespace segue::language::jsonata {

// The arguments of a call; most calls have few.
using Arguments = absl::InlinedVector<Value, 4>;

// What a function takes: `<s-nn?:s>` (JSONata, "Function signature syntax").
class Signature {
 public:
  // The position of a fault counts from the beginning of `text`.
  static std::variant<std::unique_ptr<const Signature>, SyntaxFault> Parse(std::string_view text);

  // Why arguments do not fit.
  struct Mismatch {
    std::string_view code;  // T0410, T0411, T0412; empty: they fit
    Value value;
    int index = 0;          // of the argument, from 1
    std::string_view type;  // that an array should hold
    bool found() const { return !code.empty(); }
  };

  // The arguments as the function is to see them: `context` in place of one that was left out, a
  // single value where an array is wanted in an array.
  Mismatch Validate(std::span<const Value> given, Value context, Arena* arena,
                    Arguments* validated) const;

 private:
  struct Parameter {
    uint32_t types = 0;  // one bit a letter
    char type = 0;       // the letter; '(' for a choice
    bool optional = false;
    bool repeated = false;
    bool context = false;
    std::string subtype;
  };

  struct Reader;

  bool Match(std::span<const Value> given, size_t parameter, size_t argument, size_t parameters,
             std::span<uint16_t> counts) const;
  bool MatchPrefix(std::span<const Value> given, size_t parameters, size_t* length) const;
  Mismatch Misfit(std::span<const Value> given) const;
  Mismatch TakeArray(const Parameter& parameter, size_t count, size_t index, Arena* arena,
                     Value* argument) const;

  std::vector<Parameter> parameters_;
};

// The letter of a value's type: s n b l a o f, and m for undefined.
char TypeLetter(Value value);

}  // namespace segue::language::jsonata

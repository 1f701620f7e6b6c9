#include "server/language/jsonata/signature.h"

#include <algorithm>

#include "server/language/jsonata/lexer.h"

namespace segue::language::jsonata {
namespace {

constexpr uint32_t Bit(char letter) { return uint32_t{1} << (letter - 'a'); }

uint32_t Bits(std::string_view letters) {
  uint32_t bits = 0;
  for (const char letter : letters) {
    if (letter >= 'a' && letter <= 'z') bits |= Bit(letter);
  }
  return bits;
}

// Where the bracket that `open` at `start` opens is closed; the size of `text` where it is not.
size_t ClosingBracket(std::string_view text, size_t start, char open, char close) {
  int depth = 0;
  for (size_t at = start; at < text.size(); ++at) {
    if (text[at] == open) ++depth;
    if (text[at] == close && --depth == 0) return at;
  }
  return text.size();
}

std::string_view PluralOf(std::string_view subtype) {
  constexpr std::pair<std::string_view, std::string_view> kPlurals[] = {
      {"a", "arrays"},  {"b", "booleans"}, {"f", "functions"},
      {"n", "numbers"}, {"o", "objects"},  {"s", "strings"}};
  for (const auto& [letter, plural] : kPlurals) {
    if (letter == subtype) return plural;
  }
  return "undefined";
}

}  // namespace

char TypeLetter(Value value) {
  switch (value.tag()) {
    case Value::Tag::kString:
      return 's';
    case Value::Tag::kNumber:
      return 'n';
    case Value::Tag::kBool:
      return 'b';
    case Value::Tag::kNull:
      return 'l';
    case Value::Tag::kArray:
      return 'a';
    case Value::Tag::kObject:
      return 'o';
    case Value::Tag::kFunction:
      return 'f';
    default:
      return 'm';
  }
}

// Reads one signature, letter by letter.
struct Signature::Reader {
  std::string_view text;
  size_t at = 1;
  std::vector<Parameter> parameters;

  Parameter* previous() { return parameters.empty() ? nullptr : &parameters.back(); }

  void Add(char type, std::string_view types) {
    Parameter parameter;
    parameter.type = type;
    parameter.types = Bits(types);
    parameters.push_back(std::move(parameter));
  }

  SyntaxFault Fault(std::string code, std::string_view value) const {
    return {.code = std::move(code), .position = at, .value = Quoted(value)};
  }

  // The parameter's own letter, or what qualifies the one before it.
  std::variant<std::monostate, SyntaxFault> Step() {
    const char letter = text[at];
    switch (letter) {
      case 's':
      case 'n':
      case 'b':
      case 'l':
      case 'o':
        Add(letter, std::string{letter, 'm'});
        return {};
      case 'a':
      case 'x':
        Add(letter, "asnblfom");
        return {};
      case 'f':
        Add(letter, "f");
        return {};
      case 'j':
        Add(letter, "asnblom");
        return {};
      case '(':
        return Choice();
      case '<':
        return Subtype();
      default:
        Qualify(letter);
        return {};
    }
  }

  void Qualify(char letter) {
    if (previous() == nullptr) return;
    if (letter == '-') previous()->context = true;
    if (letter == '-' || letter == '?') previous()->optional = true;
    if (letter == '+') previous()->repeated = true;
  }

  std::variant<std::monostate, SyntaxFault> Choice() {
    const size_t end = ClosingBracket(text, at, '(', ')');
    const std::string choice(text.substr(at + 1, end - at - 1));
    if (choice.find('<') != std::string::npos) return Fault("S0402", choice);
    Add('(', choice + "m");
    at = end;
    return {};
  }

  std::variant<std::monostate, SyntaxFault> Subtype() {
    if (previous() == nullptr || (previous()->type != 'a' && previous()->type != 'f')) {
      const char type = previous() == nullptr ? '\0' : previous()->type;
      return Fault("S0401", std::string_view(&type, type == '\0' ? 0 : 1));
    }
    const size_t end = ClosingBracket(text, at, '<', '>');
    previous()->subtype = std::string(text.substr(at + 1, end - at - 1));
    at = end;
    return {};
  }
};

std::variant<std::unique_ptr<const Signature>, SyntaxFault> Signature::Parse(
    std::string_view text) {
  Reader reader{.text = text};
  for (; reader.at < text.size() && text[reader.at] != ':'; ++reader.at) {
    auto step = reader.Step();
    if (auto* fault = std::get_if<SyntaxFault>(&step)) return std::move(*fault);
  }
  auto signature = std::make_unique<Signature>();
  signature->parameters_ = std::move(reader.parameters);
  return std::unique_ptr<const Signature>(std::move(signature));
}

// As a regular expression over the letters of the arguments' types would: each parameter takes as
// many as it can, and gives back where the rest does not fit. `counts` is how many each took. With
// fewer parameters than there are, arguments may be left over.
bool Signature::Match(std::span<const Value> given, size_t parameter, size_t argument,
                      size_t parameters, std::span<uint16_t> counts) const {
  if (parameter == parameters) {
    return argument == given.size() || parameters < parameters_.size() || counts.empty();
  }
  const Parameter& wanted = parameters_[parameter];
  const size_t most = wanted.repeated ? given.size() - argument : 1;
  size_t taken = 0;
  while (taken < most && argument + taken < given.size() &&
         (wanted.types & Bit(TypeLetter(given[argument + taken]))) != 0) {
    ++taken;
  }
  for (const size_t least = wanted.optional ? 0 : 1; taken + 1 > least; --taken) {
    if (Match(given, parameter + 1, argument + taken, parameters, counts)) {
      if (!counts.empty()) counts[parameter] = static_cast<uint16_t>(taken);
      return true;
    }
    if (taken == 0) break;
  }
  return false;
}

Signature::Mismatch Signature::Validate(std::span<const Value> given, Value context, Arena* arena,
                                        Arguments* validated) const {
  constexpr size_t kFew = 8;
  uint16_t few[kFew] = {};
  std::vector<uint16_t> many(parameters_.size() > kFew ? parameters_.size() : 0);
  const std::span<uint16_t> counts =
      many.empty() ? std::span(few, parameters_.size()) : std::span(many);
  const bool none = parameters_.empty();
  if (none ? !given.empty() : !Match(given, 0, 0, parameters_.size(), counts)) return Misfit(given);
  size_t index = 0;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& parameter = parameters_[i];
    Value argument = index < given.size() ? given[index] : Value();
    if (counts[i] == 0 && parameter.context) {
      if ((parameter.types & Bit(TypeLetter(context))) == 0) {
        return {.code = "T0411", .value = context, .index = static_cast<int>(index) + 1};
      }
      validated->push_back(context);
      continue;
    }
    for (size_t n = 0; n < std::max<size_t>(counts[i], 1); ++n) {
      if (counts[i] > 0 && parameter.type == 'a') {
        argument = given[index];
        if (Mismatch bad = TakeArray(parameter, counts[i], index, arena, &argument); bad.found()) {
          return bad;
        }
      }
      validated->push_back(argument);
      ++index;
    }
  }
  return {};
}

// One argument of a parameter that wants an array.
Signature::Mismatch Signature::TakeArray(const Parameter& parameter, size_t count, size_t index,
                                         Arena* arena, Value* argument) const {
  if (argument->is_undefined()) return {};
  const std::string_view wanted = parameter.subtype;
  bool good = true;
  if (!wanted.empty()) {
    if (!argument->is_array()) {
      good = count == 1 && wanted.size() == 1 && TypeLetter(*argument) == wanted[0];
    } else {
      for (size_t i = 0; good && i < argument->size(); ++i) {
        good = TypeLetter(argument->At(i)) == wanted[0];
      }
    }
  }
  if (!good) {
    return {.code = "T0412",
            .value = *argument,
            .index = static_cast<int>(index) + 1,
            .type = PluralOf(wanted)};
  }
  if (!argument->is_array()) *argument = ListOf(arena, argument, 1, 0);
  return {};
}

// How many arguments the first `parameters` parameters take.
bool Signature::MatchPrefix(std::span<const Value> given, size_t parameters, size_t* length) const {
  std::vector<uint16_t> counts(parameters_.size() + 1);
  Signature head;
  head.parameters_.assign(parameters_.begin(),
                          parameters_.begin() + static_cast<std::ptrdiff_t>(parameters));
  head.parameters_.emplace_back();  // so that arguments may be left over
  if (!head.Match(given, 0, 0, parameters, counts)) return false;
  *length = 0;
  for (size_t i = 0; i < parameters; ++i) *length += counts[i];
  return true;
}

Signature::Mismatch Signature::Misfit(std::span<const Value> given) const {
  size_t good = 0;
  for (size_t count = 1; count <= parameters_.size(); ++count) {
    if (!MatchPrefix(given, count, &good)) break;
  }
  return {.code = "T0410",
          .value = good < given.size() ? given[good] : Value(),
          .index = static_cast<int>(good) + 1};
}

}  // namespace segue::language::jsonata

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "server/language/jsonata/evaluator.h"
#include "server/language/jsonata/number_text.h"
#include "server/language/jsonata/utf.h"

// What each code says. The codes are the reference's, and so are the words, which tools and people
// search for; {{x}} stands for a value as JSON, {{{x}}} for a text as it is.

namespace segue::language::jsonata {
namespace {

constexpr std::pair<std::string_view, std::string_view> kMessages[] = {
    {"D1001", "Number out of range: {{value}}"},
    {"D1002", "Cannot negate a non-numeric value: {{value}}"},
    {"D1004", "Regular expression matches zero length string"},
    {"D1009", "Multiple key definitions evaluate to same key: {{value}}"},
    {"D2014",
     "The size of the sequence allocated by the range operator (..) must not exceed "
     "1e6.  Attempted to allocate {{value}}."},
    {"D3001", "Attempting to invoke string function on Infinity or NaN"},
    {"D3010", "Second argument of replace function cannot be an empty string"},
    {"D3011", "Fourth argument of replace function must evaluate to a positive number"},
    {"D3012", "Attempted to replace a matched string with a non-string value"},
    {"D3020", "Third argument of split function must evaluate to a positive number"},
    {"D3030", "Unable to cast value to a number: {{value}}"},
    {"D3040", "Third argument of match function must evaluate to a positive number"},
    {"D3050",
     "The second argument of reduce function must be a function with at least two "
     "arguments"},
    {"D3060", "The sqrt function cannot be applied to a negative number: {{value}}"},
    {"D3061",
     "The power function has resulted in a value that cannot be represented as a JSON "
     "number: base={{value}}, exponent={{exp}}"},
    {"D3070",
     "The single argument form of the sort function can only be applied to an array "
     "of strings or an array of numbers.  Use the second argument to specify a "
     "comparison function"},
    {"D3080", "The picture string must only contain a maximum of two sub-pictures"},
    {"D3081",
     "The sub-picture must not contain more than one instance of the "
     "'decimal-separator' character"},
    {"D3082",
     "The sub-picture must not contain more than one instance of the 'percent' "
     "character"},
    {"D3083",
     "The sub-picture must not contain more than one instance of the 'per-mille' "
     "character"},
    {"D3084", "The sub-picture must not contain both a 'percent' and a 'per-mille' character"},
    {"D3085",
     "The mantissa part of a sub-picture must contain at least one character that is "
     "either an 'optional digit character' or a member of the 'decimal digit family'"},
    {"D3086",
     "The sub-picture must not contain a passive character that is preceded by an "
     "active character and that is followed by another active character"},
    {"D3087",
     "The sub-picture must not contain a 'grouping-separator' character that appears "
     "adjacent to a 'decimal-separator' character"},
    {"D3088",
     "The sub-picture must not contain a 'grouping-separator' at the end of the "
     "integer part"},
    {"D3089",
     "The sub-picture must not contain two adjacent instances of the "
     "'grouping-separator' character"},
    {"D3090",
     "The integer part of the sub-picture must not contain a member of the 'decimal "
     "digit family' that is followed by an instance of the 'optional digit character'"},
    {"D3091",
     "The fractional part of the sub-picture must not contain an instance of the "
     "'optional digit character' that is followed by a member of the 'decimal digit "
     "family'"},
    {"D3092",
     "A sub-picture that contains a 'percent' or 'per-mille' character must not "
     "contain a character treated as an 'exponent-separator'"},
    {"D3093",
     "The exponent part of the sub-picture must comprise only of one or more "
     "characters that are members of the 'decimal digit family'"},
    {"D3100",
     "The radix of the formatBase function must be between 2 and 36.  It was given "
     "{{value}}"},
    {"D3110",
     "The argument of the toMillis function must be an ISO 8601 formatted timestamp. "
     "Given {{value}}"},
    {"D3130",
     "Formatting or parsing an integer as a sequence starting with {{value}} is not "
     "supported by this implementation"},
    {"D3131", "In a decimal digit pattern, all digits must be from the same decimal group"},
    {"D3132", "Unknown component specifier {{value}} in date/time picture string"},
    {"D3133",
     "The 'name' modifier can only be applied to months and days in the date/time "
     "picture string, not {{value}}"},
    {"D3134", "The timezone integer format specifier cannot have more than four digits"},
    {"D3135", "No matching closing bracket ']' in date/time picture string"},
    {"D3136",
     "The date/time picture string is missing specifiers required to parse the "
     "timestamp"},
    {"D3137", "{{{message}}}"},
    {"D3138",
     "The $single() function expected exactly 1 matching result.  Instead it matched "
     "more."},
    {"D3139",
     "The $single() function expected exactly 1 matching result.  Instead it matched "
     "0."},
    {"D3140", "Malformed URL passed to ${{{functionName}}}(): {{value}}"},
    {"D3141", "{{{message}}}"},
    {"S0101", "String literal must be terminated by a matching quote"},
    {"S0102", "Number out of range: {{token}}"},
    {"S0103", "Unsupported escape sequence: \\{{token}}"},
    {"S0104", "The escape sequence \\u must be followed by 4 hex digits"},
    {"S0105", "Quoted property name must be terminated with a backquote (`)"},
    {"S0106", "Comment has no closing tag"},
    {"S0201", "Syntax error: {{token}}"},
    {"S0202", "Expected {{value}}, got {{token}}"},
    {"S0203", "Expected {{value}} before end of expression"},
    {"S0204", "Unknown operator: {{token}}"},
    {"S0205", "Unexpected token: {{token}}"},
    {"S0206", "Unknown expression type: {{token}}"},
    {"S0207", "Unexpected end of expression"},
    {"S0208",
     "Parameter {{value}} of function definition must be a variable name (start with "
     "$)"},
    {"S0209", "A predicate cannot follow a grouping expression in a step"},
    {"S0210", "Each step can only have one grouping expression"},
    {"S0211", "The symbol {{token}} cannot be used as a unary operator"},
    {"S0212", "The left side of := must be a variable name (start with $)"},
    {"S0213", "The literal value {{value}} cannot be used as a step within a path expression"},
    {"S0214", "The right side of {{token}} must be a variable name (start with $)"},
    {"S0215", "A context variable binding must precede any predicates on a step"},
    {"S0216", "A context variable binding must precede the 'order-by' clause on a step"},
    {"S0217", "The object representing the 'parent' cannot be derived from this expression"},
    {"S0301", "Empty regular expressions are not allowed"},
    {"S0302", "No terminating / in regular expression"},
    {"S0401", "Type parameters can only be applied to functions and arrays"},
    {"S0402", "Choice groups containing parameterized types are not supported"},
    {"T0410", "Argument {{index}} of function {{token}} does not match function signature"},
    {"T0411",
     "Context value is not a compatible type with argument {{index}} of function "
     "{{token}}"},
    {"T0412", "Argument {{index}} of function {{token}} must be an array of {{type}}"},
    {"T1003", "Key in object structure must evaluate to a string; got: {{value}}"},
    {"T1005", "Attempted to invoke a non-function. Did you mean ${{{token}}}?"},
    {"T1006", "Attempted to invoke a non-function"},
    {"T1007", "Attempted to partially apply a non-function. Did you mean ${{{token}}}?"},
    {"T1008", "Attempted to partially apply a non-function"},
    {"T1010",
     "The matcher function argument passed to function {{token}} does not return the "
     "correct object structure"},
    {"T2001", "The left side of the {{token}} operator must evaluate to a number"},
    {"T2002", "The right side of the {{token}} operator must evaluate to a number"},
    {"T2003", "The left side of the range operator (..) must evaluate to an integer"},
    {"T2004", "The right side of the range operator (..) must evaluate to an integer"},
    {"T2006", "The right side of the function application operator ~> must be a function"},
    {"T2007", "Type mismatch when comparing values {{value}} and {{value2}} in order-by clause"},
    {"T2008",
     "The expressions within an order-by clause must evaluate to numeric or string "
     "values"},
    {"T2009",
     "The values {{value}} and {{value2}} either side of operator {{token}} must be "
     "of the same data type"},
    {"T2010",
     "The expressions either side of operator {{token}} must evaluate to numeric or "
     "string values"},
    {"T2011",
     "The insert/update clause of the transform expression must evaluate to an "
     "object: {{value}}"},
    {"T2012",
     "The delete clause of the transform expression must evaluate to a string or "
     "array of strings: {{value}}"},
    {"T2013",
     "The transform expression clones the input object using the $clone() function.  "
     "This has been overridden in the current scope by a non-function."},
};

std::string_view TemplateOf(std::string_view code) {
  const auto* found = std::find_if(std::begin(kMessages), std::end(kMessages),
                                   [code](const auto& entry) { return entry.first == code; });
  return found == std::end(kMessages) ? std::string_view() : found->second;
}

// `pattern` with what `value_of(name)` gives in place of each {{name}} and {{{name}}}.
template <typename F>
std::string Fill(std::string_view pattern, F value_of) {
  std::string text;
  for (;;) {
    const size_t open = pattern.find("{{");
    if (open == std::string_view::npos) break;
    text.append(pattern.substr(0, open));
    size_t start = open + 2;
    const bool plain = start < pattern.size() && pattern[start] == '{';
    if (plain) ++start;
    const size_t end = pattern.find("}}", start);
    text.append(value_of(pattern.substr(start, end - start), plain));
    pattern.remove_prefix(end + (plain ? 3 : 2));
  }
  return text.append(pattern);
}

// A value as a message shows it, cut where it is long. Not by the evaluator's writer: the
// evaluation is over, and its limits reached perhaps.
class Shower {
 public:
  std::string Show(Value value) {
    Append(value, 0);
    if (text_.size() > kLongest) text_.resize(ByteOffset(text_, kLongest));
    return std::move(text_);
  }

 private:
  static constexpr size_t kLongest = 1000;
  static constexpr int kDeepest = 30;

  void Append(Value value, int depth) {
    if (text_.size() > kLongest || depth > kDeepest) return;
    switch (value.tag()) {
      case Value::Tag::kNull:
        text_ += "null";
        return;
      case Value::Tag::kBool:
        text_ += value.bool_value() ? "true" : "false";
        return;
      case Value::Tag::kNumber:
        text_ += std::isfinite(value.number()) ? NumberText(value.number()) : "null";
        return;
      case Value::Tag::kString:
        AppendQuoted(value.text().substr(0, ByteOffset(value.text(), kLongest)), &text_);
        return;
      case Value::Tag::kArray:
        text_.push_back('[');
        for (size_t i = 0; i < value.size() && text_.size() <= kLongest; ++i) {
          if (i > 0) text_.push_back(',');
          Append(value.At(i), depth + 1);
        }
        text_.push_back(']');
        return;
      case Value::Tag::kObject:
        AppendObject(value, depth);
        return;
      default:
        text_ += "undefined";
    }
  }

  void AppendObject(Value value, int depth) {
    text_.push_back('{');
    bool first = true;
    ForEachMember(value, [&](std::string_view name, Value member) {
      if (!first) text_.push_back(',');
      first = false;
      AppendQuoted(name, &text_);
      text_.push_back(':');
      Append(member, depth + 1);
      return text_.size() <= kLongest;
    });
    text_.push_back('}');
  }

  std::string text_;
};

std::string Shown(Value value) { return Shower().Show(value); }

std::string QuotedText(std::string_view text) {
  std::string quoted;
  AppendQuoted(text, &quoted);
  return quoted;
}

}  // namespace

std::string MessageOf(const Failure& failure) {
  if (failure.code == "U1001") return failure.text;
  return Fill(TemplateOf(failure.code), [&](std::string_view name, auto plain) -> std::string {
    if (name == "token") {
      if (!failure.token) return "undefined";
      return plain ? *failure.token : QuotedText(*failure.token);
    }
    if (name == "value") return Shown(failure.value);
    if (name == "value2" || name == "exp") return Shown(failure.value2);
    if (name == "index") return failure.index ? NumberText(*failure.index) : "undefined";
    return plain ? failure.text : QuotedText(failure.text);
  });
}

std::string MessageOf(const SyntaxFault& fault) {
  if (!fault.message.empty()) return fault.message;
  return Fill(TemplateOf(fault.code), [&](std::string_view name, auto) -> std::string {
    return name == "token" ? fault.token : fault.value;
  });
}

}  // namespace segue::language::jsonata

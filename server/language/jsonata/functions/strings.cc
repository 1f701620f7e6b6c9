#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "server/language/jsonata/evaluator.h"
#include "server/language/jsonata/functions/functions.h"
#include "server/language/jsonata/utf.h"

namespace segue::language::jsonata::functions {
namespace {

// What JavaScript takes for a string argument that was left out.
std::string_view TextOf(Value value) {
  return value.is_string() ? value.text() : std::string_view("undefined");
}

// An index as Array.prototype.slice takes it, of `count` elements.
size_t SliceIndex(double index, double count) {
  if (std::isnan(index)) return 0;
  index = std::trunc(index);
  if (index < 0) index += count;
  return static_cast<size_t>(std::clamp(index, 0.0, count));
}

}  // namespace

Value String(Evaluator& evaluator, std::span<const Value> arguments) {
  const bool pretty = arguments[1].is_bool() && arguments[1].bool_value();
  return StringOf(&evaluator, arguments[0], pretty ? Layout::kPretty : Layout::kCompact);
}

Value Substring(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  const std::string_view text = arguments[0].text();
  if (!evaluator.Spend(text.size() / 64)) return Value::Failed();
  const auto count = static_cast<double>(CharacterCount(text));
  // Without a start, with a length, nothing is taken: JavaScript counts from NaN.
  double start =
      arguments[1].is_number() ? arguments[1].number() : std::numeric_limits<double>::quiet_NaN();
  if (count + start < 0) start = 0;
  double end = count;
  if (arguments[2].is_number()) {
    const double length = arguments[2].number();
    if (length <= 0) return Value::Text("");
    end = start >= 0 ? start + length : count + start + length;
  }
  const size_t first = SliceIndex(start, count);
  const size_t last = SliceIndex(end, count);
  if (first >= last) return Value::Text("");
  const size_t offset = ByteOffset(text, first);
  return Value::Text(text.substr(offset, ByteOffset(text.substr(offset), last - first)));
}

Value SubstringBefore(Evaluator&, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  const std::string_view text = arguments[0].text();
  return Value::Text(text.substr(0, text.find(TextOf(arguments[1]))));
}

Value SubstringAfter(Evaluator&, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  const std::string_view text = arguments[0].text();
  const std::string_view marker = TextOf(arguments[1]);
  const size_t found = text.find(marker);
  return found == std::string_view::npos ? arguments[0]
                                         : Value::Text(text.substr(found + marker.size()));
}

Value Lowercase(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  return evaluator.Keep(ToLower(arguments[0].text()));
}

Value Uppercase(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  return evaluator.Keep(ToUpper(arguments[0].text()));
}

Value Length(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  const std::string_view text = arguments[0].text();
  if (!evaluator.Spend(text.size() / 64)) return Value::Failed();
  return Value::Number(static_cast<double>(CharacterCount(text)));
}

// Blanks become one space each run, none at the ends.
Value Trim(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  constexpr std::string_view kBlanks = " \t\n\r";
  const std::string_view text = arguments[0].text();
  std::string trimmed;
  for (size_t at = text.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
    if (!trimmed.empty()) trimmed.push_back(' ');
    trimmed.append(text.substr(at, end - at));
    at = text.find_first_not_of(kBlanks, end);
  }
  return evaluator.Keep(trimmed);
}

Value Pad(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  const std::string_view text = arguments[0].text();
  const double width = arguments[1].is_number() ? arguments[1].number() : 0;
  std::string_view filler = arguments[2].is_string() ? arguments[2].text() : std::string_view();
  if (filler.empty()) filler = " ";
  const double missing = std::floor(std::fabs(width)) - static_cast<double>(CharacterCount(text));
  if (!(missing > 0)) return arguments[0];
  // Before it is made: what it takes, roughly.
  const double bytes = missing * 4 + static_cast<double>(text.size() + filler.size());
  const size_t asked = bytes < 1e15 ? static_cast<size_t>(bytes) : size_t{1} << 50;
  if (!evaluator.Afford(asked) || !evaluator.Spend(static_cast<size_t>(missing))) {
    return Value::Failed();
  }
  std::string padding;
  const size_t filler_count = CharacterCount(filler);
  for (auto left = static_cast<size_t>(missing); left > 0;) {
    const size_t taken = std::min(left, filler_count);
    padding.append(filler.substr(0, ByteOffset(filler, taken)));
    left -= taken;
  }
  std::string padded(text);
  return evaluator.Keep(width > 0 ? padded + padding : padding + padded);
}

Value Join(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  const Value parts = arguments[0];
  const std::string_view separator =
      arguments[1].is_string() ? arguments[1].text() : std::string_view();
  if (!evaluator.Spend(parts.size())) return Value::Failed();
  size_t size = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const Value part = parts.At(i);
    size += separator.size() + (part.is_string() ? part.text().size() : 0);
  }
  if (!evaluator.Afford(size)) return Value::Failed();
  std::string joined;
  joined.reserve(size);
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) joined.append(separator);
    if (const Value part = parts.At(i); part.is_string()) joined.append(part.text());
  }
  return evaluator.Keep(joined);
}

}  // namespace segue::language::jsonata::functions

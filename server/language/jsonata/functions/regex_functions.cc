#include <cmath>
#include <string>

#include "server/language/jsonata/evaluator.h"
#include "server/language/jsonata/functions/functions.h"
#include "server/language/jsonata/functions/matches.h"
#include "server/language/jsonata/number_text.h"
#include "server/language/jsonata/utf.h"

namespace segue::language::jsonata::functions {
namespace {

// Whether an optional limit leaves room for one more after `count`.
bool Within(Value limit, size_t count) {
  return !limit.is_number() || static_cast<double>(count) < limit.number();
}

bool IsNegative(Value limit) { return limit.is_number() && limit.number() < 0; }

Value MatchEntry(Evaluator& evaluator, Matches* matches) {
  Object* entry = NewObject(&evaluator.arena(), 3);
  entry->Add("match", Value::Text(matches->match()), &evaluator.arena());
  entry->Add("index", Value::Number(matches->index()), &evaluator.arena());
  entry->Add("groups", matches->Groups(), &evaluator.arena());
  return Value::Of(entry);
}

// A replacement text with `$0`, `$1`, ... and `$$` filled in.
std::string Substituted(std::string_view replacement, std::string_view match, Value groups) {
  const size_t count = groups.is_array() ? groups.size() : 0;
  const size_t digits_max = count == 0 ? 1 : std::to_string(count).size();
  std::string text;
  size_t position = 0;
  for (size_t found = replacement.find('$'); found != std::string_view::npos;
       found = replacement.find('$', position)) {
    text.append(replacement.substr(position, found - position));
    position = found + 1;
    const std::string_view rest = replacement.substr(position);
    if (rest.starts_with('$')) {
      text.push_back('$');
      ++position;
      continue;
    }
    if (rest.starts_with('0')) {
      text.append(match);
      ++position;
      continue;
    }
    double index = LeadingInteger(rest.substr(0, digits_max));
    if (digits_max > 1 && index > static_cast<double>(count)) {
      index = LeadingInteger(rest.substr(0, digits_max - 1));
    }
    if (std::isnan(index)) {
      text.push_back('$');
      continue;
    }
    if (index >= 1 && index <= static_cast<double>(count)) {
      const Value group = groups.At(static_cast<size_t>(index) - 1);
      if (group.is_string()) text.append(group.text());
    }
    position += NumberText(index).size();
  }
  return text.append(replacement.substr(position));
}

Value ReplaceText(Evaluator& evaluator, std::span<const Value> arguments) {
  const std::string_view text = arguments[0].text();
  const std::string_view pattern = arguments[1].text();
  const Value replacement = StringOf(&evaluator, arguments[2], Layout::kCompact);
  const std::string_view filler =
      replacement.is_string() ? replacement.text() : std::string_view("undefined");
  std::string result;
  size_t position = 0;
  size_t count = 0;
  for (size_t found = text.find(pattern);
       found != std::string_view::npos && Within(arguments[3], count);
       found = text.find(pattern, position)) {
    result.append(text.substr(position, found - position)).append(filler);
    position = found + pattern.size();
    ++count;
    if (!evaluator.Spend(1) || !evaluator.Afford(result.size())) return Value::Failed();
  }
  return evaluator.Keep(result.append(text.substr(position)));
}

// What stands in the place of a match. Failed after a fault.
Value ReplacementOf(Evaluator& evaluator, Value replacement, Matches* matches) {
  if (replacement.is_string()) {
    return evaluator.Keep(Substituted(replacement.text(), matches->match(), matches->Groups()));
  }
  const Value object = matches->Object();
  if (object.failed()) return object;
  const Value text = evaluator.Call(replacement, std::span(&object, 1));
  if (text.failed() || text.is_string()) return text;
  return evaluator.Fail({.code = "D3012", .value = text});
}

Value ReplaceMatches(Evaluator& evaluator, std::span<const Value> arguments) {
  const std::string_view text = arguments[0].text();
  Matches matches(&evaluator, arguments[1], arguments[0]);
  Matches::Step step = matches.Next();
  if (step == Matches::Step::kNone) return arguments[0];
  std::string result;
  size_t position = 0;
  for (size_t count = 0; step == Matches::Step::kFound && Within(arguments[3], count);
       step = matches.Next()) {
    if (matches.begin() > position) {
      result.append(text.substr(position, matches.begin() - position));
    }
    const Value replaced = ReplacementOf(evaluator, arguments[2], &matches);
    if (replaced.failed()) return replaced;
    result.append(replaced.text());
    if (!evaluator.Afford(result.size())) return Value::Failed();
    position = std::min(matches.begin() + matches.match().size(), text.size());
    ++count;
  }
  if (step == Matches::Step::kFault) return Value::Failed();
  return evaluator.Keep(result.append(text.substr(position)));
}

// By code units, as JavaScript splits by an empty separator.
void SplitUnits(std::string_view text, Value limit, Evaluator& evaluator,
                Evaluator::Gatherer* parts) {
  for (size_t at = 0; at < text.size() && Within(limit, parts->size());) {
    const size_t start = at;
    const char32_t c = NextCharacter(text, &at);
    if (c <= 0xFFFF) {
      parts->Add(Value::Text(text.substr(start, at - start)));
      continue;
    }
    for (const char32_t half : {0xD800 + ((c - 0x10000) >> 10), 0xDC00 + ((c - 0x10000) & 0x3FF)}) {
      std::string encoded;
      AppendCharacter(half, &encoded);
      if (Within(limit, parts->size())) parts->Add(evaluator.Keep(encoded));
    }
  }
}

Value SplitText(Evaluator& evaluator, std::span<const Value> arguments) {
  const std::string_view text = arguments[0].text();
  Evaluator::Gatherer parts(&evaluator);
  // JavaScript takes the whole part of the limit.
  const Value limit =
      arguments[2].is_number() ? Value::Number(std::floor(arguments[2].number())) : Value();
  if (!arguments[1].is_string()) return ListOf(&evaluator.arena(), &arguments[0], 1, 0);
  const std::string_view separator = arguments[1].text();
  if (separator.empty()) {
    if (!evaluator.Spend(text.size())) return Value::Failed();
    SplitUnits(text, limit, evaluator, &parts);
    return parts.Finish(0);
  }
  size_t position = 0;
  for (size_t found = text.find(separator);
       found != std::string_view::npos && Within(limit, parts.size());
       found = text.find(separator, position)) {
    if (!evaluator.Spend(1)) return Value::Failed();
    parts.Add(Value::Text(text.substr(position, found - position)));
    position = found + separator.size();
  }
  if (Within(limit, parts.size())) parts.Add(Value::Text(text.substr(position)));
  return parts.Finish(0);
}

Value SplitMatches(Evaluator& evaluator, std::span<const Value> arguments) {
  const std::string_view text = arguments[0].text();
  const Value limit = arguments[2];
  Evaluator::Gatherer parts(&evaluator);
  Matches matches(&evaluator, arguments[1], arguments[0]);
  size_t start = 0;
  Matches::Step step = matches.Next();
  for (; step == Matches::Step::kFound && Within(limit, parts.size()); step = matches.Next()) {
    if (matches.begin() >= start) {
      parts.Add(Value::Text(text.substr(start, matches.begin() - start)));
    } else {
      parts.Add(Value::Text(""));
    }
    start = matches.end();
  }
  if (step == Matches::Step::kFault) return Value::Failed();
  if (Within(limit, parts.size())) parts.Add(Value::Text(text.substr(start)));
  return parts.Finish(0);
}

}  // namespace

Value Match(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  if (IsNegative(arguments[2])) {
    return evaluator.Fail({.code = "D3040", .value = arguments[2], .index = 3});
  }
  Evaluator::Gatherer found(&evaluator);
  if (arguments[1].is_function() && Within(arguments[2], 0)) {
    Matches matches(&evaluator, arguments[1], arguments[0]);
    Matches::Step step = matches.Next();
    for (; step == Matches::Step::kFound && Within(arguments[2], found.size());
         step = matches.Next()) {
      found.Add(MatchEntry(evaluator, &matches));
    }
    if (step == Matches::Step::kFault) return Value::Failed();
  }
  return found.Finish(Value::kSequence);
}

Value Contains(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  if (!arguments[1].is_function()) {
    const std::string_view token =
        arguments[1].is_string() ? arguments[1].text() : std::string_view("undefined");
    return Value::Bool(arguments[0].text().find(token) != std::string_view::npos);
  }
  Matches matches(&evaluator, arguments[1], arguments[0]);
  const Matches::Step step = matches.Next();
  if (step == Matches::Step::kFault) return Value::Failed();
  return Value::Bool(step == Matches::Step::kFound);
}

Value Replace(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  if (arguments[1].is_string() && arguments[1].text().empty()) {
    return evaluator.Fail({.code = "D3010", .value = arguments[1], .index = 2});
  }
  if (IsNegative(arguments[3])) {
    return evaluator.Fail({.code = "D3011", .value = arguments[3], .index = 4});
  }
  if (!Within(arguments[3], 0)) return arguments[0];
  if (arguments[1].is_string()) return ReplaceText(evaluator, arguments);
  if (!arguments[1].is_function()) return arguments[0];
  return ReplaceMatches(evaluator, arguments);
}

Value Split(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  if (IsNegative(arguments[2])) {
    return evaluator.Fail({.code = "D3020", .value = arguments[2], .index = 3});
  }
  if (!Within(arguments[2], 0)) return ListOf(&evaluator.arena(), nullptr, 0, 0);
  return arguments[1].is_function() ? SplitMatches(evaluator, arguments)
                                    : SplitText(evaluator, arguments);
}

}  // namespace segue::language::jsonata::functions

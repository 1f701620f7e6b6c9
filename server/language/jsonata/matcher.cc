#include "server/language/jsonata/evaluator.h"
#include "server/language/jsonata/utf.h"

// Regular expressions as functions: from a text to its first match, an object with `next`.

namespace segue::language::jsonata {
namespace {

std::string_view PartOf(std::string_view text, Regex::Match::Part part) {
  return text.substr(part.first, part.second - part.first);
}

}  // namespace

Value Evaluator::ApplyRegex(const Node& regex, Value text, size_t position) {
  if (!text.is_string()) return Value();
  const std::string_view subject = text.text();
  if (!Spend(1 + subject.size() / 16)) return Value::Failed();
  Regex::Match match;
  switch (regex.regex->Find(subject, position, &match)) {
    case Regex::Outcome::kNone:
      return Value();
    case Regex::Outcome::kTooMuchWork:
      return FailLimit("the regular expression takes too long");
    case Regex::Outcome::kMatched:
      return MatchObject(regex, text, match);
  }
  return Value();
}

Value Evaluator::MatchObject(const Node& regex, Value text, const Regex::Match& match) {
  const std::string_view subject = text.text();
  const auto offset = [&](size_t bytes) {
    return Value::Number(static_cast<double>(Utf16Length(subject.substr(0, bytes))));
  };
  Gatherer groups(this);
  for (const auto& group : match.groups) {
    groups.Add(group ? Value::Text(PartOf(subject, *group)) : Value());
  }
  Function* next =
      arena_.New<Function>(Function{.kind = Function::Kind::kNextMatch, .node = &regex});
  Value* subjects = arena_.NewArray<Value>(1);
  subjects[0] = text;
  next->values = std::span<const Value>(subjects, 1);
  next->offset = match.whole.second;
  Object* object = NewObject(&arena_, 5);
  object->Add("match", Value::Text(PartOf(subject, match.whole)), &arena_);
  object->Add("start", offset(match.whole.first), &arena_);
  object->Add("end", offset(match.whole.second), &arena_);
  object->Add("groups", groups.Finish(0), &arena_);
  object->Add("next", Value::Of(next), &arena_);
  return Value::Of(object);
}

Value Evaluator::ApplyNextMatch(const Function& match) {
  const Value text = match.values[0];
  if (match.offset >= text.text().size()) return Value();
  const Value next = ApplyRegex(*match.node, text, match.offset);
  if (next.is_object() && next.Find("match").text().empty()) {
    return Fail({.code = "D1004",
                 .position = match.node->position,
                 .value = Keep(match.node->regex->pattern())});
  }
  return next;
}

}  // namespace segue::language::jsonata

#include "server/language/jsonata/functions/matches.h"

#include "server/language/jsonata/utf.h"

namespace segue::language::jsonata::functions {
namespace {

// The offset in bytes of a place that is counted in UTF-16 code units.
size_t BytesOf(std::string_view text, double units) {
  size_t at = 0;
  for (double left = units; left > 0 && at < text.size();) {
    left -= NextCharacter(text, &at) > 0xFFFF ? 2 : 1;
  }
  return at;
}

}  // namespace

bool Matches::IsRegex() const { return matcher_.function()->kind == Function::Kind::kRegex; }

Matches::Step Matches::Next() {
  if (!evaluator_.Spend(1)) return Step::kFault;
  const Step step = IsRegex() ? NextOfRegex() : NextOfFunction();
  started_ = true;
  return step;
}

Matches::Step Matches::NextOfRegex() {
  const std::string_view text = text_.text();
  if (started_ && end_ >= text.size()) return Step::kNone;
  const Node& node = *matcher_.function()->node;
  switch (node.regex->Find(text, started_ ? end_ : 0, &found_)) {
    case Regex::Outcome::kNone:
      return Step::kNone;
    case Regex::Outcome::kTooMuchWork:
      evaluator_.FailLimit("the regular expression takes too long");
      return Step::kFault;
    case Regex::Outcome::kMatched:
      break;
  }
  begin_ = found_.whole.first;
  end_ = found_.whole.second;
  match_ = text.substr(begin_, end_ - begin_);
  if (started_ && match_.empty()) {
    evaluator_.Fail({.code = "D1004",
                     .position = node.position,
                     .value = evaluator_.Keep(node.regex->pattern())});
    return Step::kFault;
  }
  return Step::kFound;
}

Matches::Step Matches::NextOfFunction() {
  const Value next = started_ ? object_.Find("next") : matcher_;
  if (!next.is_function()) {
    evaluator_.Fail("T1010");
    return Step::kFault;
  }
  const Value argument = started_ ? Value() : text_;
  object_ = evaluator_.Call(next, std::span(&argument, 1));
  if (object_.failed()) return Step::kFault;
  if (object_.is_undefined()) return Step::kNone;
  const bool shaped = object_.is_object() &&
                      (object_.Find("start").is_number() || object_.Find("groups").is_array() ||
                       object_.Find("next").is_function());
  if (!shaped) {
    evaluator_.Fail("T1010");
    return Step::kFault;
  }
  const Value start = object_.Find("start");
  const Value end = object_.Find("end");
  const Value match = object_.Find("match");
  begin_ = BytesOf(text_.text(), start.is_number() ? start.number() : 0);
  end_ = BytesOf(text_.text(), end.is_number() ? end.number() : 0);
  match_ = match.is_string() ? match.text() : std::string_view();
  return Step::kFound;
}

double Matches::index() {
  if (!IsRegex()) {
    const Value start = object_.Find("start");
    return start.is_number() ? start.number() : 0;
  }
  counted_units_ += Utf16Length(text_.text().substr(counted_bytes_, begin_ - counted_bytes_));
  counted_bytes_ = begin_;
  return static_cast<double>(counted_units_);
}

Value Matches::Groups() {
  if (!IsRegex()) return object_.Find("groups");
  Evaluator::Gatherer groups(&evaluator_);
  for (const auto& group : found_.groups) {
    groups.Add(group ? Value::Text(text_.text().substr(group->first, group->second - group->first))
                     : Value());
  }
  return groups.Finish(0);
}

Value Matches::Object() {
  if (!IsRegex()) return object_;
  return evaluator_.MatchObject(*matcher_.function()->node, text_, found_);
}

}  // namespace segue::language::jsonata::functions

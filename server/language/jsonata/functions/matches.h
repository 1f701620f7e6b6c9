#pragma once

#include <cstdint>

#include "server/language/jsonata/evaluator.h"

namespace segue::language::jsonata::functions {

// Walks over the matches of a text: of a regular expression, or of any function of the form that
// the language describes ("Regular expressions as functions").
class Matches {
 public:
  Matches(Evaluator* evaluator, Value matcher, Value text)
      : evaluator_(*evaluator), matcher_(matcher), text_(text) {}

  enum class Step : uint8_t { kFound, kNone, kFault };
  // The next match, or the first.
  Step Next();

  // Of the match found last: offsets in bytes.
  size_t begin() const { return begin_; }
  size_t end() const { return end_; }
  std::string_view match() const { return match_; }
  // Its place in UTF-16 code units.
  double index();
  // The groups: an array of strings, undefined where a group took no part.
  Value Groups();
  // The match as an expression sees it.
  Value Object();

 private:
  bool IsRegex() const;
  Step NextOfRegex();
  Step NextOfFunction();

  Evaluator& evaluator_;
  const Value matcher_;
  const Value text_;
  bool started_ = false;
  size_t begin_ = 0;
  size_t end_ = 0;
  std::string_view match_;
  Regex::Match found_;  // of a regular expression
  Value object_;        // of a function
  size_t counted_bytes_ = 0;
  size_t counted_units_ = 0;
};

}  // namespace segue::language::jsonata::functions

#pragma once

#include <span>

#include "server/language/jsonata/functions/table.h"

// The functions of the language (https://docs.jsonata.org), by name. See Native for their
// arguments.

namespace segue::language::jsonata::functions {

// Aggregation.
Value Sum(Evaluator&, std::span<const Value>);
Value Count(Evaluator&, std::span<const Value>);
Value Max(Evaluator&, std::span<const Value>);
Value Min(Evaluator&, std::span<const Value>);
Value Average(Evaluator&, std::span<const Value>);

// Strings.
Value String(Evaluator&, std::span<const Value>);
Value Substring(Evaluator&, std::span<const Value>);
Value SubstringBefore(Evaluator&, std::span<const Value>);
Value SubstringAfter(Evaluator&, std::span<const Value>);
Value Lowercase(Evaluator&, std::span<const Value>);
Value Uppercase(Evaluator&, std::span<const Value>);
Value Length(Evaluator&, std::span<const Value>);
Value Trim(Evaluator&, std::span<const Value>);
Value Pad(Evaluator&, std::span<const Value>);
Value Join(Evaluator&, std::span<const Value>);
Value Match(Evaluator&, std::span<const Value>);
Value Contains(Evaluator&, std::span<const Value>);
Value Replace(Evaluator&, std::span<const Value>);
Value Split(Evaluator&, std::span<const Value>);
Value Base64Encode(Evaluator&, std::span<const Value>);
Value Base64Decode(Evaluator&, std::span<const Value>);
Value EncodeUrlComponent(Evaluator&, std::span<const Value>);
Value EncodeUrl(Evaluator&, std::span<const Value>);
Value DecodeUrlComponent(Evaluator&, std::span<const Value>);
Value DecodeUrl(Evaluator&, std::span<const Value>);

// Numbers.
Value FormatNumber(Evaluator&, std::span<const Value>);
Value FormatBase(Evaluator&, std::span<const Value>);
Value FormatInteger(Evaluator&, std::span<const Value>);
Value ParseInteger(Evaluator&, std::span<const Value>);
Value Number(Evaluator&, std::span<const Value>);
Value Floor(Evaluator&, std::span<const Value>);
Value Ceil(Evaluator&, std::span<const Value>);
Value Round(Evaluator&, std::span<const Value>);
Value Abs(Evaluator&, std::span<const Value>);
Value Sqrt(Evaluator&, std::span<const Value>);
Value Power(Evaluator&, std::span<const Value>);
Value RandomNumber(Evaluator&, std::span<const Value>);

// Booleans and types.
Value Boolean(Evaluator&, std::span<const Value>);
Value Not(Evaluator&, std::span<const Value>);
Value Exists(Evaluator&, std::span<const Value>);
Value Type(Evaluator&, std::span<const Value>);
Value Error(Evaluator&, std::span<const Value>);
Value Assert(Evaluator&, std::span<const Value>);

// Functions of functions.
Value Map(Evaluator&, std::span<const Value>);
Value Filter(Evaluator&, std::span<const Value>);
Value Single(Evaluator&, std::span<const Value>);
Value Reduce(Evaluator&, std::span<const Value>);
Value Sift(Evaluator&, std::span<const Value>);
Value Each(Evaluator&, std::span<const Value>);
Value Sort(Evaluator&, std::span<const Value>);

// Arrays and objects.
Value Zip(Evaluator&, std::span<const Value>);
Value Append(Evaluator&, std::span<const Value>);
Value Reverse(Evaluator&, std::span<const Value>);
Value Shuffle(Evaluator&, std::span<const Value>);
Value Distinct(Evaluator&, std::span<const Value>);
Value Keys(Evaluator&, std::span<const Value>);
Value Lookup(Evaluator&, std::span<const Value>);
Value Spread(Evaluator&, std::span<const Value>);
Value Merge(Evaluator&, std::span<const Value>);
Value Clone(Evaluator&, std::span<const Value>);

// Time.
Value Now(Evaluator&, std::span<const Value>);
Value Millis(Evaluator&, std::span<const Value>);
Value ToMillis(Evaluator&, std::span<const Value>);
Value FromMillis(Evaluator&, std::span<const Value>);

// Step Functions' own.
Value Partition(Evaluator&, std::span<const Value>);
Value NumberRange(Evaluator&, std::span<const Value>);
Value Hash(Evaluator&, std::span<const Value>);
Value SeededRandom(Evaluator&, std::span<const Value>);
Value Uuid(Evaluator&, std::span<const Value>);
Value Parse(Evaluator&, std::span<const Value>);

}  // namespace segue::language::jsonata::functions

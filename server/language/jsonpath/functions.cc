#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "server/language/jsonpath/evaluation.h"

// Jayway JsonPath, "Functions".

namespace segue::language::jsonpath {
namespace {

// The numbers of the input, where it is an array, and of the operands.
std::vector<double> Numbers(const Json& input, const Json::Array& operands) {
  std::vector<double> numbers;
  const auto add = [&](const Json& value) {
    if (value.is_number()) numbers.push_back(value.number());
  };
  if (input.is_array()) std::for_each(input.array().begin(), input.array().end(), add);
  std::for_each(operands.begin(), operands.end(), add);
  return numbers;
}

double Sum(const std::vector<double>& numbers) {
  double sum = 0;
  for (const double number : numbers) sum += number;
  return sum;
}

// Of the whole population.
double Deviation(const std::vector<double>& numbers) {
  const auto count = static_cast<double>(numbers.size());
  double squares = 0;
  for (const double number : numbers) squares += number * number;
  const double mean = Sum(numbers) / count;
  return std::sqrt(std::max(0.0, squares / count - mean * mean));
}

// Always doubles, as in Jayway; nothing where there are no numbers.
Answer Aggregate(Function function, const std::vector<double>& numbers) {
  if (numbers.empty()) return {};
  double value = 0;
  if (function == Function::kMin) {
    value = *std::min_element(numbers.begin(), numbers.end());
  } else if (function == Function::kMax) {
    value = *std::max_element(numbers.begin(), numbers.end());
  } else if (function == Function::kSum) {
    value = Sum(numbers);
  } else if (function == Function::kAvg) {
    value = Sum(numbers) / static_cast<double>(numbers.size());
  } else {
    value = Deviation(numbers);
  }
  return Answer::Value(Json(value));
}

// Of a text its characters.
Answer Length(const Json& value) {
  if (value.is_array()) return Answer::Value(Json(static_cast<int64_t>(value.array().size())));
  if (value.is_object()) return Answer::Value(Json(static_cast<int64_t>(value.object().size())));
  if (!value.is_string()) return {};
  const std::string& text = value.string();
  const auto starts = std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  });
  return Answer::Value(Json(static_cast<int64_t>(starts)));
}

Answer Keys(const Json& value) {
  if (!value.is_object()) return {};
  Json::Array names;
  for (const auto& member : value.object()) names.emplace_back(member.first);
  return Answer::Value(Json(std::move(names)));
}

Answer Concatenate(const Json& input, const Json::Array& operands) {
  std::string joined;
  const auto add = [&](const Json& value) {
    if (value.is_string()) joined += value.string();
  };
  if (input.is_array()) std::for_each(input.array().begin(), input.array().end(), add);
  for (const Json& operand : operands) {
    if (operand.is_string()) {
      joined += operand.string();
    } else {
      operand.DumpTo(&joined);
    }
  }
  return Answer::Value(Json(std::move(joined)));
}

Answer Append(const Json& input, const Json::Array& operands) {
  if (!input.is_array()) return {};
  Json::Array all = input.array();
  all.insert(all.end(), operands.begin(), operands.end());
  return Answer::Value(Json(std::move(all)));
}

Answer At(const Json& input, int64_t index) {
  const Json* element = input.is_array() ? ElementAt(input.array(), index) : nullptr;
  return element == nullptr ? Answer() : Answer::Value(*element);
}

}  // namespace

Answer CallFunction(Function function, const Json& input, const Json::Array& operands) {
  switch (function) {
    case Function::kMin:
    case Function::kMax:
    case Function::kAvg:
    case Function::kStddev:
    case Function::kSum:
      return Aggregate(function, Numbers(input, operands));
    case Function::kLength:
      // $.length($.items[*]) counts its argument.
      return operands.empty() ? Length(input)
                              : Answer::Value(Json(static_cast<int64_t>(operands.size())));
    case Function::kKeys:
      return Keys(input);
    case Function::kConcat:
      return Concatenate(input, operands);
    case Function::kAppend:
      return Append(input, operands);
    case Function::kFirst:
      return At(input, 0);
    case Function::kLast:
      return At(input, -1);
    case Function::kIndex:
      if (operands.size() != 1 || !operands.front().is_int()) return {};
      return At(input, operands.front().int_value());
  }
  return {};
}

}  // namespace segue::language::jsonpath

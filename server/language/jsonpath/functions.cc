#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "server/language/jsonpath/evaluation.h"

// Jayway JsonPath, "Functions"; where the README is silent, its PathFunctions.

namespace segue::language::jsonpath {
namespace {

// Calls `use` with every value: the elements of an array one by one (Parameter.toList).
template <typename Use>
void ForEachPart(const Json& value, const Use& use) {
  if (value.is_array()) {
    std::for_each(value.array().begin(), value.array().end(), use);
  } else {
    use(value);
  }
}

// The numbers of the input, where it is an array, and of the operands.
std::vector<double> Numbers(const Json& input, const FunctionOperands& operands) {
  std::vector<double> numbers;
  const auto add = [&](const Json& value) {
    if (value.is_number()) numbers.push_back(value.number());
  };
  if (input.is_array()) ForEachPart(input, add);
  for (const auto& operand : operands) ForEachPart(*operand, add);
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
  const double sum = Sum(numbers);
  return std::sqrt(std::max(0.0, squares / count - sum * sum / count / count));
}

// As Java writes a map: {a=1, b=text}.
void AppendMap(const Json& map, std::string* out) {
  std::string_view separator;
  out->push_back('{');
  for (const auto& [name, member] : map.object()) {
    out->append(separator).append(name).push_back('=');
    if (member.is_object()) {
      AppendMap(member, out);
    } else if (member.is_string()) {
      out->append(member.string());
    } else {
      member.DumpTo(out);
    }
    separator = ", ";
  }
  out->push_back('}');
}

std::string Concatenation(const Json& input, const FunctionOperands& operands) {
  std::string joined;
  const auto add_text = [&](const Json& value) {
    if (value.is_string()) joined += value.string();
  };
  if (input.is_array()) ForEachPart(input, add_text);
  const auto add = [&](const Json& value) {
    if (value.is_string()) {
      joined += value.string();
    } else if (value.is_object()) {
      AppendMap(value, &joined);
    } else if (!value.is_null()) {
      value.DumpTo(&joined);
    }
  };
  for (const auto& operand : operands) ForEachPart(*operand, add);
  return joined;
}

Json Appended(const Json& input, const FunctionOperands& operands) {
  if (!input.is_array()) return input;
  Json::Array all = input.array();
  for (const auto& operand : operands) all.push_back(*operand);
  return Json(std::move(all));
}

Json Keys(const Json& value) {
  if (!value.is_object()) return Json();
  Json::Array names;
  for (const auto& member : value.object()) names.emplace_back(member.first);
  return Json(std::move(names));
}

Json Size(const Json& value) {
  if (value.is_array()) return Json(static_cast<int64_t>(value.array().size()));
  if (value.is_object()) return Json(static_cast<int64_t>(value.object().size()));
  return Json();
}

}  // namespace

Fault Evaluation::Call(Run& run, size_t step, const Json& node) {
  const auto& call = std::get<FunctionStep>(run.path.steps[step]);
  Json value;
  const Fault fault = CallFunction(run, call, node, &value);
  if (fault != Fault::kNone) return fault;
  run.found.push_back(value);
  if (step + 1 == run.path.steps.size()) return Fault::kNone;
  return Continue(run, step + 1, value);
}

Fault Evaluation::CallFunction(const Run& run, const FunctionStep& call, const Json& input,
                               Json* value) {
  if (call.function == Function::kUnknown) {
    return Fail(Fault::kBadPath, "there is no function '" + call.name + "'");
  }
  FunctionOperands operands;
  if (const Fault fault = Evaluated(run, call, &operands); fault != Fault::kNone) return fault;
  if (call.function == Function::kLength) return Length(run, call, input, value);
  const bool all_good = std::all_of(operands.begin(), operands.end(),
                                    [](const auto& operand) { return operand.has_value(); });
  if (call.function == Function::kKeys) {
    *value = Keys(input);
    return Fault::kNone;
  }
  if (call.function == Function::kFirst) return At(input, 0, value);
  if (call.function == Function::kLast) return At(input, -1, value);
  if (!all_good) return Fail(Fault::kOther, "an argument of '" + call.name + "' is no JSON text");
  if (call.function == Function::kConcat) {
    *value = Json(Concatenation(input, operands));
    return Fault::kNone;
  }
  if (call.function == Function::kAppend) {
    *value = Appended(input, operands);
    return Fault::kNone;
  }
  if (call.function == Function::kIndex) {
    const std::vector<double> numbers = Numbers(Json(), operands);
    if (numbers.empty()) return Fail(Fault::kOutOfRange, "'index' needs a number");
    return At(input, static_cast<int64_t>(std::clamp(numbers.front(), -0x1p31, 0x1p31)), value);
  }
  return Aggregate(call.function, Numbers(input, operands), value);
}

// Paths among the arguments begin at the document, also those with `@`.
Fault Evaluation::Evaluated(const Run& run, const FunctionStep& call, FunctionOperands* operands) {
  for (const FunctionArgument& argument : call.arguments) {
    operands->push_back(argument.value);
    if (argument.path == nullptr) continue;
    const From from{run.document, run.document, run.members};
    const Fault fault = Find(*argument.path, from, &operands->back().emplace());
    if (fault != Fault::kNone) return fault;
  }
  return Fault::kNone;
}

// With an argument: how many parts has what it finds, below the input? Where that is no list, the
// input's own length.
Fault Evaluation::Length(const Run& run, const FunctionStep& call, const Json& input, Json* value) {
  if (!call.arguments.empty()) {
    if (call.counted == nullptr) return Fail(Fault::kOther, "'length' takes a path");
    Json parts;
    const Fault fault = Find(*call.counted, {input, input, run.members}, &parts);
    if (fault != Fault::kNone) return fault;
    if (parts.is_array()) {
      *value = Size(parts);
      return Fault::kNone;
    }
  }
  *value = Size(input);
  return Fault::kNone;
}

// Always doubles. The least and the greatest are looked for from Java's Double.MAX_VALUE and
// MIN_VALUE, and that is the least number above 0.
Fault Evaluation::Aggregate(Function function, const std::vector<double>& numbers, Json* value) {
  if (numbers.empty()) return Fail(Fault::kOther, "there are no numbers to aggregate");
  double result = 0;
  if (function == Function::kMin) {
    result = std::numeric_limits<double>::max();
    for (const double number : numbers) result = std::min(result, number);
  } else if (function == Function::kMax) {
    result = std::numeric_limits<double>::denorm_min();
    for (const double number : numbers) result = std::max(result, number);
  } else if (function == Function::kSum) {
    result = Sum(numbers);
  } else if (function == Function::kAvg) {
    result = Sum(numbers) / static_cast<double>(numbers.size());
  } else {
    result = Deviation(numbers);
  }
  *value = Json(result);
  return Fault::kNone;
}

// Counted from the end the first element cannot be had: `last()` of one element is an error.
Fault Evaluation::At(const Json& input, int64_t index, Json* value) {
  if (!input.is_array()) return Fail(Fault::kOther, "only arrays have elements");
  const auto size = std::ssize(input.array());
  if (index < 0 && index + size <= 0) return Fail(Fault::kOther, "the array is too short");
  const Json* element = ElementAt(input.array(), index);
  if (element == nullptr) return Fail(Fault::kOutOfRange, "the array is too short");
  *value = *element;
  return Fault::kNone;
}

}  // namespace segue::language::jsonpath

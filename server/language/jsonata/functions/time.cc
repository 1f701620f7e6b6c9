#include "absl/time/time.h"

#include <cmath>
#include <limits>
#include <memory>
#include <string>

#include "server/language/jsonata/evaluator.h"
#include "server/language/jsonata/functions/calendar.h"
#include "server/language/jsonata/functions/date_picture.h"
#include "server/language/jsonata/functions/functions.h"
#include "server/language/jsonata/functions/iso_date.h"
#include "server/language/jsonata/number_text.h"

namespace segue::language::jsonata::functions {
namespace {

constexpr std::string_view kIsoPicture = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]";

double NowMillis(Evaluator& evaluator) {
  return static_cast<double>(absl::ToUnixMillis(evaluator.environment().now));
}

Value FailPicture(Evaluator& evaluator, const PictureFault& fault) {
  return evaluator.Fail({.code = fault.code, .value = evaluator.Keep(fault.value)});
}

Value FormatTime(Evaluator& evaluator, double millis, Value picture, Value timezone) {
  const double zone = timezone.is_string() ? LeadingInteger(timezone.text()) : 0;
  auto read = ReadDatePicture(picture.is_string() ? picture.text() : kIsoPicture);
  if (const auto* fault = std::get_if<PictureFault>(&read)) return FailPicture(evaluator, *fault);
  const auto text = FormatDate(millis, std::get<DatePicture>(read), zone);
  if (const auto* fault = std::get_if<PictureFault>(&text)) return FailPicture(evaluator, *fault);
  return evaluator.Keep(std::get<std::string>(text));
}

}  // namespace

Value Now(Evaluator& evaluator, std::span<const Value> arguments) {
  return FormatTime(evaluator, NowMillis(evaluator), arguments[0], arguments[1]);
}

Value Millis(Evaluator& evaluator, std::span<const Value>) {
  return Value::Number(NowMillis(evaluator));
}

Value FromMillis(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  return FormatTime(evaluator, arguments[0].number(), arguments[1], arguments[2]);
}

Value ToMillis(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  const std::string_view text = arguments[0].text();
  if (!evaluator.Spend(text.size())) return Value::Failed();
  if (arguments[1].is_undefined()) {
    if (!IsIsoDate(text)) return evaluator.Fail({.code = "D3110", .value = arguments[0]});
    return Value::Number(ParseIsoDate(text));
  }
  auto picture = ReadDatePicture(arguments[1].text());
  if (const auto* fault = std::get_if<PictureFault>(&picture)) {
    return FailPicture(evaluator, *fault);
  }
  const auto millis = ParseDate(text, std::get<DatePicture>(picture), NowMillis(evaluator));
  if (const auto* fault = std::get_if<PictureFault>(&millis)) return FailPicture(evaluator, *fault);
  const auto& value = std::get<std::optional<double>>(millis);
  return value ? Value::Number(*value) : Value();
}

Value FormatInteger(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined() || arguments[1].is_undefined()) return Value();
  const auto format = ReadIntegerPicture(arguments[1].text());
  if (const auto* fault = std::get_if<PictureFault>(&format)) return FailPicture(evaluator, *fault);
  const auto text = FormatWhole(std::floor(arguments[0].number()), std::get<IntegerFormat>(format));
  if (const auto* fault = std::get_if<PictureFault>(&text)) return FailPicture(evaluator, *fault);
  return evaluator.Keep(std::get<std::string>(text));
}

Value ParseInteger(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined() || arguments[1].is_undefined()) return Value();
  const auto format = ReadIntegerPicture(arguments[1].text());
  if (const auto* fault = std::get_if<PictureFault>(&format)) return FailPicture(evaluator, *fault);
  const auto value = ParseWhole(arguments[0].text(), std::get<IntegerFormat>(format));
  if (const auto* fault = std::get_if<PictureFault>(&value)) return FailPicture(evaluator, *fault);
  return Value::Number(std::get<double>(value));
}

}  // namespace segue::language::jsonata::functions

#include <openssl/evp.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "server/language/jsonata/evaluator.h"
#include "server/language/jsonata/functions/functions.h"

// The functions that Step Functions adds to the language (AWS, "Transforming data with JSONata in
// Step Functions", "JSONata functions provided by Step Functions").

namespace segue::language::jsonata::functions {
namespace {

constexpr std::pair<std::string_view, const EVP_MD* (*)()> kAlgorithms[] = {
    {"MD5", EVP_md5},        {"SHA-1", EVP_sha1},     {"SHA-256", EVP_sha256},
    {"SHA-384", EVP_sha384}, {"SHA-512", EVP_sha512},
};
constexpr double kRangeMax = 1e7;  // as the range operator's

Value Refused(Evaluator& evaluator, std::string why) {
  return evaluator.Fail({.code = "D3137", .text = std::move(why)});
}

}  // namespace

Value Partition(Evaluator& evaluator, std::span<const Value> arguments) {
  const Value array = arguments[0];
  if (array.is_undefined() || arguments[1].is_undefined()) return Value();
  const double wanted = std::floor(arguments[1].number());
  if (!(wanted >= 1)) {
    return Refused(evaluator, "The second argument of the partition function must be at least 1");
  }
  const size_t size = wanted < 1e9 ? static_cast<size_t>(wanted) : size_t{1} << 30;
  if (!evaluator.Spend(array.size()) || !evaluator.Afford(array.size() * 2 * sizeof(Value))) {
    return Value::Failed();
  }
  Evaluator::Gatherer parts(&evaluator);
  std::vector<Value> part;
  for (size_t i = 0; i < array.size(); ++i) {
    part.push_back(array.At(i));
    if (part.size() < size && i + 1 < array.size()) continue;
    parts.Add(ListOf(&evaluator.arena(), part.data(), part.size(), 0));
    part.clear();
  }
  return parts.Finish(0);
}

Value NumberRange(Evaluator& evaluator, std::span<const Value> arguments) {
  for (const Value& argument : arguments) {
    if (argument.is_undefined()) return Value();
  }
  const double first = std::floor(arguments[0].number());
  const double last = std::floor(arguments[1].number());
  const double step = std::floor(arguments[2].number());
  if (step == 0 || !std::isfinite(first + last + step)) {
    return Refused(evaluator, "The third argument of the range function must not be 0");
  }
  const double count = std::floor((last - first) / step) + 1;
  if (count > kRangeMax) return evaluator.Fail({.code = "D2014", .value = Value::Number(count)});
  const size_t size = count > 0 ? static_cast<size_t>(count) : 0;
  if (!evaluator.Spend(size) || !evaluator.Afford(size * sizeof(Value))) return Value::Failed();
  Evaluator::Gatherer numbers(&evaluator);
  for (size_t i = 0; i < size; ++i) {
    numbers.Add(Value::Number(first + step * static_cast<double>(i)));
  }
  return numbers.Finish(0);
}

Value Hash(Evaluator& evaluator, std::span<const Value> arguments) {
  const Value data = StringOf(&evaluator, arguments[0], Layout::kCompact);
  if (!data.is_string() || !arguments[1].is_string()) return data.failed() ? data : Value();
  const auto* algorithm =
      std::find_if(std::begin(kAlgorithms), std::end(kAlgorithms),
                   [&](const auto& entry) { return entry.first == arguments[1].text(); });
  if (algorithm == std::end(kAlgorithms)) {
    return Refused(evaluator,
                   "The algorithm of the hash function must be MD5, SHA-1, SHA-256, SHA-384 or "
                   "SHA-512");
  }
  const std::string_view text = data.text();
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest, &size, algorithm->second(), nullptr) != 1) {
    // A FIPS build of the library refuses MD5.
    return Refused(evaluator, "The algorithm of the hash function is not available");
  }
  return evaluator.Keep(
      absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size)));
}

// The same seed gives the same number.
Value SeededRandom(Evaluator& evaluator, std::span<const Value> arguments) {
  if (!arguments[0].is_number()) return RandomNumber(evaluator, arguments);
  const double seed = std::fmod(std::floor(arguments[0].number()), 9e18);
  return Value::Number(Random(static_cast<uint64_t>(static_cast<int64_t>(seed))).Uniform());
}

Value Uuid(Evaluator& evaluator, std::span<const Value>) {
  return evaluator.Keep(evaluator.environment().random.Uuid());
}

Value Parse(Evaluator& evaluator, std::span<const Value> arguments) {
  if (arguments[0].is_undefined()) return Value();
  const std::string_view text = arguments[0].text();
  if (!evaluator.Spend(text.size() / 8) || !evaluator.Afford(text.size() * 2)) {
    return Value::Failed();
  }
  auto parsed = Json::Parse(text);
  if (!parsed.ok()) {
    return Refused(evaluator, "The argument of the parse function is not valid JSON");
  }
  return Value::Of(*evaluator.arena().Keep(*std::move(parsed), text.size() * 4));
}

}  // namespace segue::language::jsonata::functions

#include "tests/conformance/recorded_comparison.h"

#include <algorithm>
#include <regex>
#include <utility>

namespace segue::testing {
namespace {

const std::regex& DatePattern() {
  static const std::regex pattern(
      R"([1-9]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d)"
      R"((\.\d{1,9})?(Z|[+-][01]\d:?[0-5]\d))");
  return pattern;
}

void ReplaceAll(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// The end of a wildcard that begins at `text[0] == '<'`: "<name>"; 0 where there is none.
size_t TokenLength(std::string_view text) {
  if (text.size() < 3 || text[0] != '<' || !std::isalpha(static_cast<unsigned char>(text[1]))) {
    return 0;
  }
  const size_t end = text.find_first_of("<>\"", 1);
  return end == std::string_view::npos || text[end] != '>' ? 0 : end + 1;
}

Json Embedded(const Json& value) {
  if (!value.is_string() || value.string().empty()) return Json();
  const char first = value.string()[0];
  if (first != '{' && first != '[') return Json();
  absl::StatusOr<Json> parsed = Json::Parse(value.string());
  return parsed.ok() ? *std::move(parsed) : Json();
}

// The text with members in alphabetic order: equal values have equal texts.
std::string Canonical(const Json& value) {
  if (value.is_array()) {
    std::string text = "[";
    for (const Json& element : value.array()) text += Canonical(element) + ",";
    return text + "]";
  }
  if (value.is_object()) {
    std::map<std::string, std::string> members;
    for (const auto& [name, member] : value.object()) members[name] = Canonical(member);
    std::string text = "{";
    for (const auto& [name, member] : members) text += name + ":" + member + ",";
    return text + "}";
  }
  const Json embedded = Embedded(value);
  return embedded.is_null() ? value.Dump() : Canonical(embedded);
}

}  // namespace

RecordedComparison::RecordedComparison(const Json& transformers) {
  for (const Json& transformer : transformers.array()) {
    const std::string& kind = *transformer.FindString("t");
    if (kind == "parallel-order-independent") ignores_order_in_parallel_ = true;
    if (kind == "regex" || kind == "text") {
      const std::string& from = *transformer.FindString(kind == "regex" ? "regex" : "text");
      // Almost all are plain names; the others are about other services' answers.
      if (from.find_first_of("[(*+?\\") != std::string::npos) continue;
      replacements_.emplace_back(from, *transformer.FindString("replacement"));
    }
    if (kind == "jsonpath" && !transformer.Find("reference")->bool_value()) {
      const std::string& path = *transformer.FindString("jsonpath");
      free_[*transformer.FindString("replacement")].insert(path.substr(path.rfind('.') + 1));
    }
  }
  free_["timestamp"].insert("timestamp");
}

Json RecordedComparison::Normalise(const Json& actual) const {
  std::string text = actual.Dump();
  for (const auto& [from, to] : replacements_) ReplaceAll(text, from, to);
  text = std::regex_replace(text, DatePattern(), "date");
  return Json::Parse(text).value();
}

bool RecordedComparison::Differ(const std::string& path, const Json& expected, const Json* actual) {
  differences_.push_back(path + "\n  expected " + expected.Dump().substr(0, 500) + "\n  actual   " +
                         (actual == nullptr ? "nothing" : actual->Dump().substr(0, 500)));
  return false;
}

bool RecordedComparison::EqualText(std::string_view expected, std::string_view actual) {
  while (!expected.empty()) {
    const size_t length = TokenLength(expected);
    if (length == 0) {
      if (actual.empty() || expected[0] != actual[0]) return false;
      expected.remove_prefix(1);
      actual.remove_prefix(1);
      continue;
    }
    const std::string token(expected.substr(0, length));
    expected.remove_prefix(length);
    if (const auto bound = bound_.find(token); bound != bound_.end()) {
      if (!actual.starts_with(bound->second)) return false;
      actual.remove_prefix(bound->second.size());
      continue;
    }
    for (size_t taken = 1; taken <= actual.size(); ++taken) {
      bound_[token] = std::string(actual.substr(0, taken));
      if (EqualText(expected, actual.substr(taken))) return true;
    }
    bound_.erase(token);
    return false;
  }
  return actual.empty();
}

bool RecordedComparison::EqualString(const std::string& expected, const Json& actual,
                                     const std::string& path, std::string_view key) {
  const auto free = free_.find(expected);
  if (free != free_.end() && free->second.contains(std::string(key))) return true;
  // What only looks like a date is recorded so as well.
  if (expected == "timestamp" && key.find("imestamp") != key.npos) return true;
  if (!expected.empty() && TokenLength(expected) == expected.size()) return true;
  if (actual.is_string() && EqualText(expected, actual.string())) return true;
  const Json embedded = Embedded(Json(expected));
  if (!embedded.is_null()) {
    const Json other = actual.is_string() ? Embedded(actual) : actual;
    if (other.kind() == embedded.kind()) return Equal(embedded, other, path, key);
  }
  return Differ(path, Json(expected), &actual);
}

bool RecordedComparison::EqualObject(const Json& expected, const Json& actual,
                                     const std::string& path) {
  bool equal = true;
  for (const auto& [name, member] : expected.object()) {
    const Json* other = actual.Find(name);
    if (other == nullptr) {
      equal = Differ(path + "." + name, member, nullptr);
    } else {
      equal &= Equal(member, *other, path + "." + name, name);
    }
  }
  for (const auto& [name, member] : actual.object()) {
    if (expected.Find(name) == nullptr) equal = Differ(path + "." + name, "nothing", &member);
  }
  return equal;
}

bool RecordedComparison::EqualArray(const Json& expected, const Json& actual,
                                    const std::string& path, std::string_view key) {
  bool equal = expected.array().size() == actual.array().size();
  if (!equal) {
    Differ(path + ".length", static_cast<int64_t>(expected.array().size()), &actual);
  }
  const size_t common = std::min(expected.array().size(), actual.array().size());
  for (size_t index = 0; index < common; ++index) {
    equal &= Equal(expected.array()[index], actual.array()[index],
                   path + "[" + std::to_string(index) + "]", key);
  }
  return equal;
}

bool RecordedComparison::Equal(const Json& expected, const Json& actual, const std::string& path,
                               std::string_view key) {
  if (expected.is_string()) return EqualString(expected.string(), actual, path, key);
  if (expected.is_object() || expected.is_array()) {
    const Json other = actual.is_string() ? Embedded(actual) : actual;
    if (other.kind() != expected.kind()) return Differ(path, expected, &actual);
    return expected.is_object() ? EqualObject(expected, other, path)
                                : EqualArray(expected, other, path, key);
  }
  if (expected == actual && expected.is_bool() == actual.is_bool()) return true;
  return Differ(path, expected, &actual);
}

Json SortParallelEvents(const Json& events) {
  Json::Array all = events.array();
  const auto by_text = [](const Json& a, const Json& b) { return Canonical(a) < Canonical(b); };
  Json::Array inside;
  bool is_inside = false;
  size_t start = 0;
  for (size_t index = 0; index < all.size(); ++index) {
    const std::string type = *all[index].FindString("type");
    if (type == "ParallelStateSucceeded" || type == "ParallelStateAborted" ||
        type == "ParallelStateExited" || type == "ParallelStateFailed") {
      if (start > 0) {
        std::sort(inside.begin(), inside.end(), by_text);
        const auto first = all.begin() + static_cast<std::ptrdiff_t>(start);
        const auto last = all.begin() + static_cast<std::ptrdiff_t>(std::max(start, index));
        all.insert(all.erase(first, last), inside.begin(), inside.end());
      }
      is_inside = false;
    } else if (type == "ParallelStateStarted") {
      is_inside = true;
      inside.clear();
      start = index + 1;
    } else if (is_inside) {
      all[index] = all[index].With("id", Json::List({0})).With("previousEventId", 0);
      inside.push_back(all[index]);
    }
  }
  return Json(std::move(all));
}

}  // namespace segue::testing

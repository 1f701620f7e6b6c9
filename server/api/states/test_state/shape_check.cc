#include "server/api/states/test_state/shape_check.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;
using Fault = std::optional<std::string>;

// Takes the text up to `separator`, and the separator, from the front of `text`.
std::string_view Take(std::string_view* text, char separator) {
  const std::string_view taken = text->substr(0, text->find(separator));
  text->remove_prefix(std::min(text->size(), taken.size() + 1));
  return taken;
}

struct Line {
  std::string_view kind;
  std::string_view rest;
};

// A field that holds a value of a shape.
struct Place {
  std::string_view field;
  std::string_view shape;
};

class Checker {
 public:
  Checker(std::string_view shapes, FieldValidation validation) : validation_(validation) {
    while (!shapes.empty()) {
      std::string_view rest = Take(&shapes, '\n');
      const std::string_view kind = Take(&rest, ' ');
      const std::string_view name = Take(&rest, ' ');
      (kind == "operation" ? operations_ : lines_)[name] = {kind, rest};
    }
  }

  Fault CheckOperation(std::string_view operation, const Json& value) const {
    const auto found = operations_.find(operation);
    if (found == operations_.end()) return std::nullopt;
    return Check({"", found->second.rest}, value);
  }

 private:
  Fault Check(const Place& place, const Json& value) const {
    const auto found = lines_.find(place.shape);
    const Line line = found == lines_.end() ? Line{place.shape, ""} : found->second;
    if (line.kind == "structure") return CheckStructure(place, line.rest, value);
    if (line.kind == "list") return CheckList({place.field, line.rest}, value);
    if (line.kind == "map") return CheckMap({place.field, line.rest}, value);
    if (line.kind == "string" || line.kind == "enum") return CheckText(place, line, value);
    if (line.kind == "integer" || line.kind == "float") return CheckNumber(place, line, value);
    if (line.kind == "boolean" && !value.is_bool()) return MustBe(place, "a boolean");
    return std::nullopt;
  }

  Fault CheckStructure(const Place& place, std::string_view members, const Json& value) const {
    if (!value.is_object()) return MustBe(place, "an object");
    Fault missing;
    std::map<std::string_view, std::string_view> shapes;
    while (!members.empty()) {
      std::string_view shape = Take(&members, ' ');
      const bool required = shape.starts_with('*');
      if (required) shape.remove_prefix(1);
      const std::string_view name = Take(&shape, ':');
      shapes[name] = shape;
      if (required && !missing && value.Find(name) == nullptr) {
        missing = Concat("Required field '", name, "' is missing");
      }
    }
    if (missing && validation_ == FieldValidation::kStrict) return missing;
    for (const auto& [name, member] : value.object()) {
      const auto shape = shapes.find(name);
      if (shape == shapes.end()) continue;
      if (Fault fault = Check({name, shape->second}, member)) return fault;
    }
    return std::nullopt;
  }

  Fault CheckList(const Place& element, const Json& value) const {
    if (!value.is_array()) return MustBe(element, "an array");
    for (const Json& one : value.array()) {
      if (Fault fault = Check(element, one)) return fault;
    }
    return std::nullopt;
  }

  Fault CheckMap(const Place& element, const Json& value) const {
    if (!value.is_object()) return MustBe(element, "an object");
    for (const auto& [name, one] : value.object()) {
      if (Fault fault = Check(element, one)) return fault;
    }
    return std::nullopt;
  }

  Fault CheckText(const Place& place, const Line& line, const Json& value) const {
    if (!value.is_string()) return MustBe(place, "a string");
    if (line.kind != "enum") return std::nullopt;
    for (std::string_view rest = line.rest; !rest.empty();) {
      if (Take(&rest, '|') == value.string()) return std::nullopt;
    }
    return Concat("Field '", place.field, "' is not an expected value");
  }

  Fault CheckNumber(const Place& place, const Line& line, const Json& value) const {
    const bool fits = line.kind == "integer" ? value.is_int() : value.is_number();
    if (!fits) return MustBe(place, "a number");
    std::string_view rest = line.rest;
    const std::optional<double> low = Bound(Take(&rest, ' '));
    const std::optional<double> high = Bound(rest);
    if (low && value.number() < *low) {
      return Concat("Field '", place.field, "' is less than the minimum value");
    }
    if (high && value.number() > *high) {
      return Concat("Field '", place.field, "' exceeds the maximum value");
    }
    return std::nullopt;
  }

  static std::optional<double> Bound(std::string_view text) {
    double bound = 0;
    if (!absl::SimpleAtod(std::string(text), &bound)) return std::nullopt;
    return bound;
  }

  static Fault MustBe(const Place& place, std::string_view what) {
    if (place.field.empty()) return Concat("The result must be ", what);
    return Concat("Field '", place.field, "' must be ", what);
  }

  const FieldValidation validation_;
  std::map<std::string_view, Line> operations_;
  std::map<std::string_view, Line> lines_;
};

}  // namespace

std::optional<std::string> ShapeFault(std::string_view shapes, std::string_view operation,
                                      const Json& value, FieldValidation validation) {
  if (validation == FieldValidation::kNone) return std::nullopt;
  return Checker(shapes, validation).CheckOperation(operation, value);
}

}  // namespace segue::api::states

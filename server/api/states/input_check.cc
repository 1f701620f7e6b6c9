#include "server/api/states/input_check.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;

constexpr int64_t kDataMax = 262144;  // SensitiveData's in the model

int64_t Characters(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
}

bool Matches(std::string_view text, Shape::Pattern pattern) {
  const auto all = [text](auto&& allowed) { return std::ranges::all_of(text, allowed); };
  switch (pattern) {
    case Shape::Pattern::kNone:
      return true;
    case Shape::Pattern::kRestrictedName: {
      const auto other = [](unsigned char c) {
        return absl::ascii_isalpha(c) || c == '_' || c == '-' || c == '.';
      };
      return std::ranges::any_of(text, other) &&
             all([&](unsigned char c) { return other(c) || absl::ascii_isdigit(c); });
    }
    case Shape::Pattern::kVisible:
      return !text.empty() && all([](unsigned char c) { return c >= '!' && c <= '~'; });
    case Shape::Pattern::kAscii:
      return all([](unsigned char c) { return c < 0x80; });
  }
}

std::string_view TextOf(Shape::Pattern pattern) {
  switch (pattern) {
    case Shape::Pattern::kNone:
      return "";
    case Shape::Pattern::kRestrictedName:
      return R"(^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$)";
    case Shape::Pattern::kVisible:
      return "[!-~]+";
    case Shape::Pattern::kAscii:
      return R"(\p{ASCII}*)";
  }
}

bool HasKind(const Json& value, Shape::Kind kind) {
  switch (kind) {
    case Shape::Kind::kString:
      return value.is_string();
    case Shape::Kind::kInteger:
      return value.is_int();
    case Shape::Kind::kNumber:
      return value.is_number();
    case Shape::Kind::kBoolean:
      return value.is_bool();
    case Shape::Kind::kList:
      return value.is_array();
    case Shape::Kind::kStructure:
      return value.is_object();
  }
}

class Check {
 public:
  explicit Check(int64_t data_max) : data_max_(data_max) {}

  void Value(const Json& value, const Shape& shape, const std::string& path) {
    if (!HasKind(value, shape.kind)) {
      mistyped_ = true;
      return;
    }
    Bounds(value, shape, path);
    if (value.is_string()) Text(value.string(), shape, path);
    if (value.is_array()) {
      int64_t place = 0;
      for (const Json& element : value.array()) {
        Value(element, *shape.element, absl::StrCat(path, ".", ++place, ".member"));
      }
    }
    for (const Member& member : shape.members) {
      const std::string below =
          path.empty() ? std::string(member.name) : Concat(path, ".", member.name);
      const Json* found = value.Find(member.name);
      if (found != nullptr && !found->is_null()) {
        Value(*found, *member.shape, below);
      } else if (member.need == Member::Need::kRequired) {
        faults_.push_back(Concat("Value null at '", below,
                                 "' failed to satisfy constraint: Member must not be null"));
      }
    }
  }

  std::optional<ApiError> Error() const {
    if (mistyped_) {
      return ApiError{"SerializationException", "A member of the request has another type"};
    }
    if (faults_.empty()) return std::nullopt;
    return ValidationException(absl::StrCat(faults_.size(), " validation error",
                                            faults_.size() == 1 ? "" : "s",
                                            " detected: ", absl::StrJoin(faults_, "; ")));
  }

 private:
  void Fault(const Json& value, const Shape& shape, const std::string& path,
             std::string_view constraint) {
    std::string text;
    if (shape.secrecy == Shape::Secrecy::kPlain) {
      text = Concat("'", value.is_string() ? value.string() : value.Dump(), "' ");
    }
    faults_.push_back(Concat("Value ", text, "at '", path,
                             "' failed to satisfy constraint: Member must ", constraint));
  }

  void Bounds(const Json& value, const Shape& shape, const std::string& path) {
    double size = 0;
    std::string_view what = "have length";
    if (value.is_string()) {
      size = static_cast<double>(Characters(value.string()));
    } else if (value.is_array()) {
      size = static_cast<double>(value.array().size());
    } else if (value.is_number()) {
      size = value.number();
      what = "have value";
    } else {
      return;
    }
    const bool data = shape.secrecy == Shape::Secrecy::kSensitive && shape.max == kDataMax;
    const int64_t max = data ? data_max_ : shape.max;
    if (max >= 0 && size > static_cast<double>(max)) {
      Fault(value, shape, path, Concat(what, " less than or equal to ", std::to_string(max)));
    }
    if (shape.min >= 0 && size < static_cast<double>(shape.min)) {
      Fault(value, shape, path,
            Concat(what, " greater than or equal to ", std::to_string(shape.min)));
    }
  }

  void Text(const std::string& text, const Shape& shape, const std::string& path) {
    if (!Matches(text, shape.pattern)) {
      Fault(text, shape, path,
            Concat("satisfy regular expression pattern: ", TextOf(shape.pattern)));
    }
    if (!shape.values.empty() && std::ranges::find(shape.values, text) == shape.values.end()) {
      std::string list;
      for (const std::string_view allowed : shape.values) {
        list += list.empty() ? "" : ", ";
        list += allowed;
      }
      Fault(text, shape, path, Concat("satisfy enum value set: [", list, "]"));
    }
  }

  const int64_t data_max_;
  bool mistyped_ = false;
  std::vector<std::string> faults_;
};

}  // namespace

std::optional<ApiError> CheckInput(const Json& input, const Shape& shape, int64_t data_max) {
  Check check(data_max);
  check.Value(input, shape, "");
  return check.Error();
}

}  // namespace segue::api::states

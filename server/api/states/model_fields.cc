#include "server/api/states/model_fields.h"

#include <algorithm>
#include <utility>

#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;

std::string Quoted(const Json& value) {
  return Concat(" '", value.is_string() ? value.string() : value.Dump(), "'");
}

size_t CharactersIn(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

const Json* ModelFields::Member(std::string_view name) const {
  const Json* member = structure_.Find(name);
  return member == nullptr || member->is_null() ? nullptr : member;
}

void ModelFields::Refuse(std::string_view name, std::string_view value, std::string_view must) {
  refused_.push_back(Concat("Value", value, " at '", path_, name,
                            "' failed to satisfy constraint: Member must ", must));
}

void ModelFields::Mistyped(std::string_view name) {
  if (mistyped_) return;
  mistyped_ = ApiError{"SerializationException", Concat("The member '", path_, name,
                                                        "' is of another type than the model's")};
}

std::optional<std::string> ModelFields::Text(std::string_view name, const Length& length) {
  const Json* member = Member(name);
  if (member == nullptr) return std::nullopt;
  if (!member->is_string()) {
    Mistyped(name);
    return std::nullopt;
  }
  const size_t characters = CharactersIn(member->string());
  const std::string shown = length.is_sensitive ? "" : Quoted(*member);
  if (characters < length.min) {
    Refuse(name, shown,
           Concat("have length greater than or equal to ", std::to_string(length.min)));
  }
  if (characters > length.max) {
    Refuse(name, shown, Concat("have length less than or equal to ", std::to_string(length.max)));
  }
  return member->string();
}

std::optional<std::string> ModelFields::RequiredText(std::string_view name, const Length& length) {
  if (Member(name) == nullptr) {
    Refuse(name, " null", "not be null");
    return std::nullopt;
  }
  return Text(name, length);
}

std::optional<std::string> ModelFields::Enum(std::string_view name,
                                             std::initializer_list<std::string_view> values) {
  const Json* member = Member(name);
  if (member == nullptr) return std::nullopt;
  if (!member->is_string()) {
    Mistyped(name);
    return std::nullopt;
  }
  if (std::find(values.begin(), values.end(), member->string()) != values.end()) {
    return member->string();
  }
  std::string list;
  for (const std::string_view value : values) list.append(list.empty() ? "" : ", ").append(value);
  Refuse(name, Quoted(*member), Concat("satisfy enum value set: [", list, "]"));
  return std::nullopt;
}

std::optional<int64_t> ModelFields::Integer(std::string_view name, const Range& range) {
  const Json* member = Member(name);
  if (member == nullptr) return std::nullopt;
  if (!member->is_int()) {
    Mistyped(name);
    return std::nullopt;
  }
  const int64_t value = member->int_value();
  if (value < range.min) {
    Refuse(name, Quoted(*member),
           Concat("have value greater than or equal to ", std::to_string(range.min)));
  }
  if (range.max && value > *range.max) {
    Refuse(name, Quoted(*member),
           Concat("have value less than or equal to ", std::to_string(*range.max)));
  }
  return value;
}

const Json* ModelFields::Structure(std::string_view name) {
  const Json* member = Member(name);
  if (member != nullptr && !member->is_object()) Mistyped(name);
  return member;
}

const Json* ModelFields::Boolean(std::string_view name) {
  const Json* member = Member(name);
  if (member != nullptr && !member->is_bool()) Mistyped(name);
  return member;
}

void ModelFields::Add(const ModelFields& inner) {
  refused_.insert(refused_.end(), inner.refused_.begin(), inner.refused_.end());
  if (!mistyped_) mistyped_ = inner.mistyped_;
}

std::optional<ApiError> ModelFields::error() const {
  if (mistyped_) return mistyped_;
  if (refused_.empty()) return std::nullopt;
  std::string message = Concat(std::to_string(refused_.size()), " validation error",
                               refused_.size() == 1 ? "" : "s", " detected: ");
  for (const std::string& one : refused_) {
    if (&one != refused_.data()) message.append("; ");
    message.append(one);
  }
  return ValidationException(std::move(message));
}

}  // namespace segue::api::states

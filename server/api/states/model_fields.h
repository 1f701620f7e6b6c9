#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/states/api_error.h"
#include "server/base/json.h"

namespace segue::api::states {

// Reads the members of a request's structure and collects what breaks the constraints of the
// service model, to report it in one ValidationException as AWS does ("2 validation errors
// detected: ..."). An absent member and a null one are the same.
class ModelFields {
 public:
  struct Length {
    size_t min = 0;
    size_t max = 0;             // in characters
    bool is_sensitive = false;  // messages do not repeat it
  };
  struct Range {
    int64_t min = 0;
    std::optional<int64_t> max;
  };

  // `path`: what stands in front of a member's name in messages, "mock." for members of mock.
  explicit ModelFields(const Json& structure, std::string path = "")
      : structure_(structure), path_(std::move(path)) {}

  std::optional<std::string> Text(std::string_view name, const Length& length);
  std::optional<std::string> RequiredText(std::string_view name, const Length& length);
  std::optional<std::string> Enum(std::string_view name,
                                  std::initializer_list<std::string_view> values);
  std::optional<int64_t> Integer(std::string_view name, const Range& range);
  // Nothing where it is absent; the caller reads its members with another ModelFields.
  const Json* Structure(std::string_view name);
  const Json* Boolean(std::string_view name);

  // Takes over what another reader has found.
  void Add(const ModelFields& inner);
  // The error, if anything was found.
  std::optional<ApiError> error() const;

 private:
  const Json* Member(std::string_view name) const;
  // "Value 'x' at 'name' failed to satisfy constraint: Member must <must>"
  void Refuse(std::string_view name, std::string_view value, std::string_view must);
  // A member of another type than the model's: the request cannot be read at all.
  void Mistyped(std::string_view name);

  const Json& structure_;
  const std::string path_;
  std::vector<std::string> refused_;
  std::optional<ApiError> mistyped_;
};

}  // namespace segue::api::states

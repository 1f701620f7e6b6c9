#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/base/json.h"

// URLs, query strings and forms, from values that a workflow made: nothing in them may reach
// another host, leave the configured path, or add a parameter. Pure. Errors: InvalidArgument says
// what is wrong.
namespace segue::services {

// An http or https URL with a host and without user, password and fragment. What cannot stand in a
// URL (blanks, other than ASCII) is percent-encoded; control characters are refused.
absl::StatusOr<std::string> CheckUrl(std::string_view url);

// `path` appended to `base_url` (of CheckUrl, without a query). Refused: "." and ".." as segments
// (also encoded), '?' and '#'.
absl::StatusOr<std::string> JoinUrl(std::string_view base_url, std::string_view path);

// Everything but RFC 3986's unreserved characters as %XX.
std::string PercentEncode(std::string_view text);

// `url` with the members of an object as query parameters; a list is the parameter several times.
absl::StatusOr<std::string> WithQuery(std::string url, const Json& parameters);

// How lists are written in a form: a[0]=x, a=x&a=y, a=x,y or a[]=x.
enum class ArrayFormat { kIndices, kRepeat, kCommas, kBrackets };

// An object as application/x-www-form-urlencoded; what is nested as a[b]=c.
absl::StatusOr<std::string> FormEncode(const Json& body, ArrayFormat format);

}  // namespace segue::services

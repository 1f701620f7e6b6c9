#include "services/connector/http/http_url.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace segue::services {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

absl::Status Fault(std::string_view text) { return absl::InvalidArgumentError(ToAbsl(text)); }

void AppendEncoded(char c, std::string* out) {
  const auto byte = static_cast<unsigned char>(c);
  *out += {'%', kHex[byte >> 4], kHex[byte & 15]};
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool IsHexPair(std::string_view text) {
  return text.size() >= 2 && absl::ascii_isxdigit(static_cast<unsigned char>(text[0])) &&
         absl::ascii_isxdigit(static_cast<unsigned char>(text[1]));
}

// What cannot stand in a URL as %XX, a '%' that begins no %XX, too. The rest keeps its meaning.
std::string EncodeIllegal(std::string_view text) {
  constexpr std::string_view kIllegal = " \"<>\\^`{|}";
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool illegal = static_cast<unsigned char>(c) >= 0x7f ||
                         kIllegal.find(c) != std::string_view::npos ||
                         (c == '%' && !IsHexPair(text.substr(i + 1)));
    if (illegal) {
      AppendEncoded(c, &result);
    } else {
      result += c;
    }
  }
  return result;
}

bool IsDotSegment(absl::string_view segment) {
  const std::string plain =
      absl::StrJoin(absl::StrSplit(absl::AsciiStrToLower(segment), "%2e"), ".");
  return plain == "." || plain == "..";
}

// Of a scalar; nothing else has one.
absl::StatusOr<std::string> ScalarText(std::string_view name, const Json& value) {
  switch (value.kind()) {
    case Json::Kind::kNull:
      return "";
    case Json::Kind::kString:
      return value.string();
    case Json::Kind::kBool:
    case Json::Kind::kInt:
    case Json::Kind::kDouble:
      return value.Dump();
    case Json::Kind::kArray:
    case Json::Kind::kObject:
      break;
  }
  return Fault(absl::StrCat(ToAbsl(name), ": expected a string, number or boolean"));
}

class FormWriter {
 public:
  explicit FormWriter(ArrayFormat format) : format_(format) {}

  absl::Status Write(const std::string& name, const Json& value) {
    if (value.is_object()) {
      for (const auto& [key, member] : value.object()) {
        const std::string nested = name.empty() ? key : absl::StrCat(name, "[", key, "]");
        if (absl::Status status = Write(nested, member); !status.ok()) return status;
      }
      return absl::OkStatus();
    }
    if (value.is_array()) return WriteList(name, value.array());
    const auto text = ScalarText(name, value);
    if (!text.ok()) return text.status();
    pairs_.push_back(absl::StrCat(PercentEncode(name), "=", PercentEncode(*text)));
    return absl::OkStatus();
  }

  std::string Result() const { return absl::StrJoin(pairs_, "&"); }

 private:
  absl::Status WriteList(const std::string& name, const Json::Array& list) {
    if (format_ == ArrayFormat::kCommas) return WriteCommas(name, list);
    for (size_t i = 0; i < list.size(); ++i) {
      std::string element = name;
      if (format_ == ArrayFormat::kIndices) element = absl::StrCat(name, "[", i, "]");
      if (format_ == ArrayFormat::kBrackets) element = absl::StrCat(name, "[]");
      if (absl::Status status = Write(element, list[i]); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status WriteCommas(const std::string& name, const Json::Array& list) {
    std::vector<std::string> texts;
    for (const Json& element : list) {
      auto text = ScalarText(name, element);
      if (!text.ok()) return text.status();
      texts.push_back(*std::move(text));
    }
    return Write(name, Json(absl::StrJoin(texts, ",")));
  }

  const ArrayFormat format_;
  std::vector<std::string> pairs_;
};

}  // namespace

absl::StatusOr<std::string> CheckUrl(std::string_view url) {
  size_t scheme = 0;
  if (absl::StartsWithIgnoreCase(ToAbsl(url), "http://")) scheme = 7;
  if (absl::StartsWithIgnoreCase(ToAbsl(url), "https://")) scheme = 8;
  if (scheme == 0) return Fault("expected a URL that begins with http:// or https://");
  for (const char c : url) {
    if (IsControl(c)) return Fault("a URL cannot hold control characters");
  }
  if (url.find('#') != std::string_view::npos) return Fault("a URL with a fragment (#)");
  const std::string_view authority = url.substr(scheme, url.find_first_of("/?", scheme) - scheme);
  if (authority.empty() || authority.front() == ':') return Fault("a URL without a host");
  for (const char c : authority) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '@') return Fault("a URL with a user: credentials belong in headers");
    const bool legal = absl::ascii_isalnum(byte) || byte >= 0x80 || c == '.' || c == '-' ||
                       c == '_' || c == ':' || c == '[' || c == ']' || c == '~';
    if (!legal) return Fault("a URL whose host is none");
  }
  const size_t path = scheme + authority.size();
  return absl::StrCat(ToAbsl(url.substr(0, path)), EncodeIllegal(url.substr(path)));
}

absl::StatusOr<std::string> JoinUrl(std::string_view base_url, std::string_view path) {
  if (path.empty()) return std::string(base_url);
  for (const char c : path) {
    if (IsControl(c)) return Fault("Path: control characters cannot stand in a path");
    if (c == '?' || c == '#') {
      return Fault("Path: '?' and '#' cannot stand in a path; parameters go into QueryParameters");
    }
  }
  for (const absl::string_view segment : absl::StrSplit(ToAbsl(path), absl::ByAnyChar("/\\"))) {
    if (IsDotSegment(segment)) return Fault("Path: \".\" and \"..\" cannot be segments");
  }
  while (!base_url.empty() && base_url.back() == '/') base_url.remove_suffix(1);
  return absl::StrCat(ToAbsl(base_url), path.front() == '/' ? "" : "/", EncodeIllegal(path));
}

std::string PercentEncode(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    const bool unreserved = absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' ||
                            c == '.' || c == '_' || c == '~';
    if (unreserved) {
      result += c;
    } else {
      AppendEncoded(c, &result);
    }
  }
  return result;
}

absl::StatusOr<std::string> WithQuery(std::string url, const Json& parameters) {
  if (!parameters.is_object()) return Fault("QueryParameters: expected an object");
  char separator = url.find('?') == std::string::npos ? '?' : '&';
  const auto append = [&](const std::string& name, const std::string& value) {
    url += separator;
    absl::StrAppend(&url, PercentEncode(name), "=", PercentEncode(value));
    separator = '&';
  };
  for (const auto& [name, value] : parameters.object()) {
    const std::string place = absl::StrCat("QueryParameters.", name);
    const Json::Array one = {value};
    for (const Json& element : value.is_array() ? value.array() : one) {
      const auto text = ScalarText(place, element);
      if (!text.ok()) return text.status();
      append(name, *text);
    }
  }
  return url;
}

absl::StatusOr<std::string> FormEncode(const Json& body, ArrayFormat format) {
  if (!body.is_object()) return Fault("RequestBody: expected an object, to encode it as a form");
  FormWriter writer(format);
  if (absl::Status status = writer.Write("", body); !status.ok()) {
    return Fault(absl::StrCat("RequestBody.", status.message()));
  }
  return writer.Result();
}

}  // namespace segue::services

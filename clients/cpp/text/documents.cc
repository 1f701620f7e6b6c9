#include "clients/cpp/text/documents.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <charconv>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "google/protobuf/util/json_util.h"

namespace segue::text {
namespace {

namespace json = boost::json;

std::string Spaces(int count) { return std::string(static_cast<size_t>(count), ' '); }

bool IsLeaf(const json::value& value) {
  if (value.is_object()) return value.get_object().empty();
  if (value.is_array()) return value.get_array().empty();
  return true;
}

// As serialize(), but for fractions, which it writes as 5E-1.
std::string JsonScalar(const json::value& value) {
  if (!value.is_double()) return json::serialize(value);
  char text[32];
  const auto end = std::to_chars(std::begin(text), std::end(text), value.get_double());
  return std::string(std::begin(text), end.ptr);
}

constexpr int kCompact = -1;

// `indent`: of the value's own line, or kCompact.
void AppendJson(const json::value& value, int indent, std::string& out) {
  if (IsLeaf(value)) {
    out += JsonScalar(value);
    return;
  }
  const bool compact = indent == kCompact;
  const int inner = compact ? kCompact : indent + 2;
  const std::string line_break = compact ? "" : "\n" + Spaces(inner);
  const bool is_object = value.is_object();
  out += is_object ? '{' : '[';
  const char* separator = "";
  if (is_object) {
    for (const auto& member : value.get_object()) {
      out += std::exchange(separator, ",") + line_break;
      out += json::serialize(json::value(member.key())) + (compact ? ":" : ": ");
      AppendJson(member.value(), inner, out);
    }
  } else {
    for (const auto& item : value.get_array()) {
      out += std::exchange(separator, ",") + line_break;
      AppendJson(item, inner, out);
    }
  }
  if (!compact) out += "\n" + Spaces(indent);
  out += is_object ? '}' : ']';
}

// Letters first, then letters, digits and what YAML gives no meaning inside a word; and none of the
// words that YAML 1.1 or 1.2 read as a boolean or null.
bool IsPlain(const std::string& text) {
  if (text.empty() || !std::isalpha(static_cast<unsigned char>(text[0]))) return false;
  static constexpr const char* kWords[] = {"true", "false", "yes", "no", "on",
                                           "off",  "null",  "y",   "n"};
  const std::string lower = absl::AsciiStrToLower(text);
  if (std::find(std::begin(kWords), std::end(kWords), lower) != std::end(kWords)) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' ||
           c == '/';
  });
}

// A literal block keeps lines as they are, if none would be changed by the reader.
bool FitsLiteralBlock(const std::string& text) {
  if (text.find('\n') == std::string::npos || text.front() == ' ' || text.front() == '\n') {
    return false;
  }
  if (text.find(" \n") != std::string::npos || text.back() == ' ') return false;
  if (text.size() > 1 && text.ends_with("\n\n")) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  });
}

std::string YamlScalar(const json::value& value, int indent) {
  if (!value.is_string()) return JsonScalar(value);
  const std::string text(value.get_string());
  if (IsPlain(text)) return text;
  if (!FitsLiteralBlock(text)) return json::serialize(value);
  const bool ends_line = text.back() == '\n';
  std::string block = ends_line ? "|" : "|-";
  size_t start = 0;
  while (start < text.size()) {
    const size_t end = std::min(text.find('\n', start), text.size());
    block += "\n";
    if (end > start) block += Spaces(indent) + text.substr(start, end - start);
    start = end + 1;
  }
  return block;
}

// `indent`: of the items. The caller has written what stands before, on its own line or not.
void AppendYaml(const json::value& value, int indent, std::string& out) {
  if (value.is_object()) {
    bool first = true;
    for (const auto& member : value.get_object()) {
      if (!std::exchange(first, false)) out += Spaces(indent);
      const std::string key(member.key());
      out += (IsPlain(key) ? key : json::serialize(json::value(key))) + ":";
      if (IsLeaf(member.value())) {
        out += " " + YamlScalar(member.value(), indent + 2) + "\n";
      } else {
        out += "\n" + Spaces(indent + 2);
        AppendYaml(member.value(), indent + 2, out);
      }
    }
    return;
  }
  bool first = true;
  for (const auto& item : value.get_array()) {
    if (!std::exchange(first, false)) out += Spaces(indent);
    out += "- ";
    if (IsLeaf(item)) {
      out += YamlScalar(item, indent + 2) + "\n";
    } else {
      AppendYaml(item, indent + 2, out);
    }
  }
}

}  // namespace

json::value ToJson(const google::protobuf::Message& message) {
  std::string text;
  // Fails only for values that no answer holds (a timestamp out of range, say).
  if (!google::protobuf::util::MessageToJsonString(message, &text).ok()) return json::object();
  return json::parse(text);
}

json::value ToJsonList(const google::protobuf::Message& message, const std::string& list) {
  json::value value = ToJson(message);
  value.as_object().emplace(list, json::array());
  return value;
}

std::string PrettyJson(const json::value& value) {
  std::string out;
  AppendJson(value, 0, out);
  return out + "\n";
}

std::string CompactJson(const json::value& value) {
  std::string out;
  AppendJson(value, kCompact, out);
  return out + "\n";
}

std::string Yaml(const json::value& value) {
  if (IsLeaf(value)) return YamlScalar(value, 2) + "\n";
  std::string out;
  AppendYaml(value, 0, out);
  return out;
}

std::string RenderDocument(const json::value& value, Format format) {
  return format == Format::kYaml ? Yaml(value) : PrettyJson(value);
}

std::string EnumName(const google::protobuf::EnumDescriptor* type, int number) {
  const auto* value = type->FindValueByNumber(number);
  if (value == nullptr) return std::to_string(number);
  // "ExecutionStatus" -> "EXECUTION_STATUS_": by style, what every value begins with.
  std::string prefix;
  for (const char c : type->name()) {
    if (std::isupper(static_cast<unsigned char>(c)) && !prefix.empty()) prefix += '_';
    prefix += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  prefix += '_';
  return value->name().starts_with(prefix) ? value->name().substr(prefix.size()) : value->name();
}

}  // namespace segue::text

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "server/language/intrinsics/arguments.h"
#include "server/language/intrinsics/functions.h"

namespace segue::language::intrinsics {
namespace {

// As Java's toString writes maps and lists, which is what AWS puts in a text (recorded): {a=1,
// b=[x, y]}.
void AppendPlain(const Json& value, std::string* out) {
  if (value.is_string()) {
    out->append(value.string());
  } else if (value.is_array()) {
    out->push_back('[');
    for (size_t i = 0; i < value.array().size(); ++i) {
      if (i > 0) out->append(", ");
      AppendPlain(value.array()[i], out);
    }
    out->push_back(']');
  } else if (value.is_object()) {
    std::string_view separator;
    out->push_back('{');
    for (const auto& [name, member] : value.object()) {
      out->append(separator).append(name).push_back('=');
      AppendPlain(member, out);
      separator = ", ";
    }
    out->push_back('}');
  } else {
    value.DumpTo(out);
  }
}

std::vector<std::string> SplitTemplate(std::string_view text) {
  std::vector<std::string> pieces;
  size_t start = 0;
  for (size_t at = text.find("{}"); at != std::string_view::npos; at = text.find("{}", start)) {
    pieces.emplace_back(text.substr(start, at - start));
    start = at + 2;
  }
  pieces.emplace_back(text.substr(start));
  return pieces;
}

// The length of the character that begins with `lead`.
size_t CharacterLength(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0x80) return 1;
  return byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// How many bytes at the front of `text` are one good UTF-8 character; 0 where they are none.
size_t GoodCharacter(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const size_t length = CharacterLength(text[0]);
  if (text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) > 0x9F;
  const bool beyond = lead == 0xF4 && byte(1) > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

// What is no UTF-8 becomes U+FFFD, as in Java.
std::string ToUtf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const size_t length = GoodCharacter(bytes);
    text.append(length == 0 ? "\xEF\xBF\xBD" : bytes.substr(0, length));
    bytes.remove_prefix(std::max<size_t>(length, 1));
  }
  return text;
}

}  // namespace

Outcome<Json> FillTemplate(absl::Span<const std::string> pieces, Arguments values) {
  if (pieces.size() != values.size() + 1) {
    return Refusal("The template has " + std::to_string(pieces.size() - 1) +
                   " placeholders, but there are " + std::to_string(values.size()) +
                   " values for them.");
  }
  std::string text = pieces[0];
  for (size_t i = 0; i < values.size(); ++i) {
    AppendPlain(values[i], &text);
    text += pieces[i + 1];
  }
  return Json(std::move(text));
}

Outcome<Json> Format(Arguments arguments, Random&) {
  if (!arguments[0].is_string()) return Refusal("The first argument must be a string.");
  return FillTemplate(SplitTemplate(arguments[0].string()), arguments.subspan(1));
}

// Every character of the second argument separates; nothing empty is kept (recorded: ",,1,," is
// ["1"]).
Outcome<Json> StringSplit(Arguments arguments, Random&) {
  if (!arguments[0].is_string() || !arguments[1].is_string()) {
    return Refusal("The arguments must be strings.");
  }
  const std::string_view text = arguments[0].string();
  const std::string_view separators = arguments[1].string();
  Json::Array parts;
  size_t start = 0;
  const auto keep = [&](size_t end) {
    if (end > start) parts.emplace_back(text.substr(start, end - start));
  };
  for (size_t i = 0; i < text.size();) {
    const size_t length = CharacterLength(text[i]);
    if (separators.find(text.substr(i, length)) != std::string_view::npos) {
      keep(i);
      start = i + length;
    }
    i += length;
  }
  keep(text.size());
  return Json(std::move(parts));
}

Outcome<Json> StringToJson(Arguments arguments, Random&) {
  if (!arguments[0].is_string()) return Refusal("The argument must be a string.");
  const std::string& text = arguments[0].string();
  // No text is no value (recorded).
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return Json();
  auto parsed = Json::Parse(text);
  if (!parsed.ok()) return Refusal(std::string(parsed.status().message()));
  return *std::move(parsed);
}

Outcome<Json> JsonToString(Arguments arguments, Random&) { return Json(arguments[0].Dump()); }

Outcome<Json> Base64Encode(Arguments arguments, Random&) {
  if (!arguments[0].is_string()) return Refusal("The argument must be a string.");
  const std::string& text = arguments[0].string();
  if (CharacterCount(text) > kTextCharactersMax) {
    return Refusal("The argument has more than 10000 characters.");
  }
  return Json(absl::Base64Escape(text));
}

Outcome<Json> Base64Decode(Arguments arguments, Random&) {
  if (!arguments[0].is_string()) return Refusal("The argument must be a string.");
  const std::string& text = arguments[0].string();
  if (CharacterCount(text) > kTextCharactersMax) {
    return Refusal("The argument has more than 10000 characters.");
  }
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes)) return Refusal("The argument is no Base64 text.");
  return Json(ToUtf8(bytes));
}

}  // namespace segue::language::intrinsics

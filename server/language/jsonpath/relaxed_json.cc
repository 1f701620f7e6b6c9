#include "server/language/jsonpath/relaxed_json.h"

#include <charconv>
#include <string>
#include <utility>

#include "server/language/jsonpath/unescape.h"

namespace segue::language::jsonpath {
namespace {

constexpr int kDepthMax = 128;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  // `stops` end a text without quotes.
  bool ReadValue(std::string_view stops, Json* value);

 private:
  bool ReadArray(Json* value);
  bool ReadObject(Json* value);
  bool ReadMember(Json::Object* members);
  bool ReadQuoted(std::string* value);
  // Up to the next of `stops`, without the blanks around it.
  std::string_view ReadBare(std::string_view stops);

  bool AtEnd() const { return position_ >= text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[position_]; }
  void SkipSpace() {
    while (!AtEnd() && IsSpace(Peek())) ++position_;
  }

  std::string_view text_;
  size_t position_ = 0;
  int depth_ = 0;
};

// Digits, with a sign, a fraction and an exponent where they are there.
bool IsNumber(std::string_view text) {
  size_t at = 0;
  const auto skip_digits = [&] {
    const size_t first = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    return at > first;
  };
  if (text.starts_with('-')) ++at;
  const bool fraction_only = text.starts_with("-.");
  if (!skip_digits() && !fraction_only) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!skip_digits() && fraction_only) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!skip_digits()) return false;
  }
  return at == text.size();
}

Json BareValue(std::string_view text) {
  if (text == "null") return Json();
  if (text == "true") return Json::Bool(true);
  if (text == "false") return Json::Bool(false);
  if (text == "-") return Json(0);
  if (!IsNumber(text)) return Json(text);
  int64_t whole = 0;
  const char* end = text.data() + text.size();
  const auto integer = std::from_chars(text.data(), end, whole);
  if (integer.ec == std::errc() && integer.ptr == end) return Json(whole);
  double number = 0;
  std::from_chars(text.data(), end, number);
  return Json(number);
}

bool Reader::ReadValue(std::string_view stops, Json* value) {
  SkipSpace();
  if (AtEnd()) return false;
  const char c = Peek();
  if (c == ':' || c == '}' || c == ']') return false;
  if (c == '[' || c == '{') {
    if (++depth_ > kDepthMax) return false;
    const bool good = c == '[' ? ReadArray(value) : ReadObject(value);
    --depth_;
    return good;
  }
  if (c == '"' || c == '\'') {
    std::string text;
    if (!ReadQuoted(&text)) return false;
    *value = Json(std::move(text));
    return true;
  }
  *value = BareValue(ReadBare(stops));
  return true;
}

bool Reader::ReadArray(Json* value) {
  ++position_;
  Json::Array elements;
  for (;;) {
    SkipSpace();
    if (AtEnd()) return false;
    if (Peek() == ']') break;
    if (Peek() == ',') {
      ++position_;
      continue;
    }
    if (!ReadValue(",]", &elements.emplace_back())) return false;
  }
  ++position_;
  *value = Json(std::move(elements));
  return true;
}

bool Reader::ReadObject(Json* value) {
  ++position_;
  Json::Object members;
  for (;;) {
    SkipSpace();
    if (AtEnd()) return false;
    if (Peek() == '}') break;
    if (Peek() == ',') {
      ++position_;
      continue;
    }
    if (!ReadMember(&members)) return false;
    SkipSpace();
    if (Peek() != '}' && Peek() != ',') return false;
  }
  ++position_;
  *value = Json(std::move(members));
  return true;
}

bool Reader::ReadMember(Json::Object* members) {
  const char c = Peek();
  if (c == ':' || c == ']' || c == '[' || c == '{') return false;
  std::string name;
  if (c == '"' || c == '\'') {
    if (!ReadQuoted(&name)) return false;
  } else {
    name = std::string(ReadBare(":"));
  }
  SkipSpace();
  if (Peek() != ':') return false;
  ++position_;
  Json value;
  if (!ReadValue(",}", &value)) return false;
  members->Set(name, std::move(value));
  return true;
}

bool Reader::ReadQuoted(std::string* value) {
  const char quote = Peek();
  const size_t start = ++position_;
  while (!AtEnd() && Peek() != quote) position_ += Peek() == '\\' ? 2 : 1;
  if (AtEnd()) return false;
  const std::string_view quoted = text_.substr(start, position_ - start);
  ++position_;
  return UnescapeJson(quoted, value);
}

std::string_view Reader::ReadBare(std::string_view stops) {
  const size_t start = position_;
  while (!AtEnd() && stops.find(Peek()) == std::string_view::npos) ++position_;
  std::string_view bare = text_.substr(start, position_ - start);
  while (!bare.empty() && IsSpace(bare.back())) bare.remove_suffix(1);
  return bare;
}

}  // namespace

std::optional<Json> ParseRelaxedJson(std::string_view text) {
  Json value;
  if (!Reader(text).ReadValue("", &value)) return std::nullopt;
  return value;
}

}  // namespace segue::language::jsonpath

#include <charconv>
#include <cmath>
#include <cstdint>

#include "server/language/document.h"
#include "server/language/text.h"

// RFC 8259, strictly, with places. The wording of faults follows AWS's, which is Jackson's.

namespace segue::language {
namespace {

constexpr std::string_view kInvalidJson = "INVALID_JSON_DESCRIPTION";
constexpr std::string_view kExpectedValue =
    "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsTokenCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c) || c == '_' || c == '$';
}

// The number of bytes of the UTF-8 sequence at the front of `text` (RFC 3629), 0 where it is
// malformed.
size_t Utf8Length(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto follows = [&](size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;   // overlong
    const unsigned high = first == 0xED ? 0x9F : 0xBF;  // surrogates
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

void AppendUtf8(uint32_t code, std::string* out) {
  const auto put = [out](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

class JsonReader {
 public:
  JsonReader(std::string_view text, DocumentBuilder* builder) : text_(text), builder_(builder) {}

  void Read() {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") next_ = line_begin_ = 3;
    SkipSpace();
    if (AtEnd()) {
      return builder_->Fail({}, "SCHEMA_VALIDATION_FAILED",
                            "Definition must be a valid JSON object");
    }
    if (!ReadValue()) return;
    SkipSpace();
    if (!AtEnd()) Unexpected("was expecting the end of the text");
  }

 private:
  bool AtEnd() const { return next_ >= text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[next_]; }
  TextPlace Here() const { return {line_, static_cast<int>(next_ - line_begin_) + 1}; }

  bool Fail(TextPlace place, std::string message) {
    builder_->Fail(place, std::string(kInvalidJson), std::move(message));
    return false;
  }

  bool Unexpected(std::string_view expectation) {
    if (AtEnd()) return Fail(Here(), Concat("Unexpected end-of-input: ", expectation));
    const auto c = static_cast<unsigned char>(Peek());
    const std::string shown = c >= 0x20 && c < 0x7F ? std::string(1, static_cast<char>(c)) : "?";
    return Fail(Here(), Concat("Unexpected character ('", shown, "' (code ", std::to_string(c),
                               ")): ", expectation));
  }

  void SkipSpace() {
    for (; !AtEnd(); ++next_) {
      const char c = text_[next_];
      if (c == '\n') {
        ++line_;
        line_begin_ = next_ + 1;
      } else if (c != ' ' && c != '\t' && c != '\r') {
        return;
      }
    }
  }

  // Each Read function: false once there is a fault.
  bool ReadValue() {
    const TextPlace place = Here();
    switch (Peek()) {
      case '{':
        return ReadObject();
      case '[':
        return ReadArray();
      case '"': {
        std::string value;
        if (!ReadString(&value)) return false;
        builder_->Scalar(Json(std::move(value)), place);
        return !builder_->failed();
      }
      default:
        if (Peek() == '-' || IsDigit(Peek())) return ReadNumber();
        if (IsTokenCharacter(Peek())) return ReadToken();
        return Unexpected(kExpectedValue);
    }
  }

  bool ReadObject() {
    builder_->OpenObject(Here());
    if (builder_->failed()) return false;
    ++next_;
    SkipSpace();
    if (Peek() == '}') return CloseHere();
    while (true) {
      const TextPlace place = Here();
      if (Peek() != '"') return Unexpected("was expecting double-quote to start field name");
      std::string name;
      if (!ReadString(&name)) return false;
      builder_->Name(std::move(name), place);
      SkipSpace();
      if (Peek() != ':') {
        return Unexpected("was expecting a colon to separate field name and value");
      }
      ++next_;
      SkipSpace();
      if (!ReadValue()) return false;
      SkipSpace();
      if (Peek() == '}') return CloseHere();
      if (Peek() != ',') return Unexpected("was expecting comma to separate Object entries");
      ++next_;
      SkipSpace();
    }
  }

  bool ReadArray() {
    builder_->OpenArray(Here());
    if (builder_->failed()) return false;
    ++next_;
    SkipSpace();
    if (Peek() == ']') return CloseHere();
    while (true) {
      if (!ReadValue()) return false;
      SkipSpace();
      if (Peek() == ']') return CloseHere();
      if (Peek() != ',') return Unexpected("was expecting comma to separate Array entries");
      ++next_;
      SkipSpace();
    }
  }

  bool CloseHere() {
    ++next_;
    builder_->Close();
    return true;
  }

  bool ReadToken() {
    const TextPlace place = Here();
    const size_t begin = next_;
    while (IsTokenCharacter(Peek())) ++next_;
    const std::string_view token = text_.substr(begin, next_ - begin);
    if (token == "true" || token == "false") {
      builder_->Scalar(Json::Bool(token == "true"), place);
    } else if (token == "null") {
      builder_->Scalar(Json(), place);
    } else {
      // As AWS has it, the place is the one after the token.
      return Fail(Here(),
                  Concat("Unrecognized token '", token.substr(0, 80), "': ", kExpectedValue));
    }
    return !builder_->failed();
  }

  bool ReadNumber() {
    const TextPlace place = Here();
    const size_t begin = next_;
    bool integer = true;
    if (Peek() == '-') ++next_;
    if (Peek() == '0') {
      ++next_;
      if (IsDigit(Peek())) return Fail(Here(), "Invalid numeric value: Leading zeroes not allowed");
    } else if (!ReadDigits()) {
      return Unexpected("was expecting a digit (0-9)");
    }
    if (Peek() == '.') {
      integer = false;
      ++next_;
      if (!ReadDigits()) return Unexpected("Decimal point not followed by a digit");
    }
    if (Peek() == 'e' || Peek() == 'E') {
      integer = false;
      ++next_;
      if (Peek() == '+' || Peek() == '-') ++next_;
      if (!ReadDigits()) return Unexpected("Exponent indicator not followed by a digit");
    }
    const char* const first = text_.data() + begin;
    const char* const last = text_.data() + next_;
    int64_t whole = 0;
    if (integer && std::from_chars(first, last, whole).ec == std::errc()) {
      builder_->Scalar(Json(whole), place);
      return !builder_->failed();
    }
    double value = 0;
    const auto [end, error] = std::from_chars(first, last, value);
    if (error != std::errc() || !std::isfinite(value)) {
      return Fail(place, "Numeric value out of range");
    }
    builder_->Scalar(Json(value), place);
    return !builder_->failed();
  }

  bool ReadDigits() {
    const size_t begin = next_;
    while (IsDigit(Peek())) ++next_;
    return next_ > begin;
  }

  bool ReadString(std::string* value) {
    const TextPlace begin = Here();
    ++next_;  // the quote
    while (true) {
      if (AtEnd()) {
        return Fail(begin,
                    "Unexpected end-of-input: was expecting closing quote for a string value");
      }
      const char c = text_[next_];
      if (c == '"') {
        ++next_;
        return true;
      }
      if (c == '\\') {
        if (!ReadEscape(value)) return false;
        continue;
      }
      if (static_cast<unsigned char>(c) < 0x20) {
        return Fail(Here(),
                    Concat("Illegal unquoted character (code ", std::to_string(static_cast<int>(c)),
                           "): has to be escaped using backslash to be included in string "
                           "value"));
      }
      const size_t length = Utf8Length(text_.substr(next_));
      if (length == 0) return Fail(Here(), "Invalid UTF-8");
      value->append(text_.substr(next_, length));
      next_ += length;
    }
  }

  bool ReadEscape(std::string* value) {
    const TextPlace place = Here();
    ++next_;  // the backslash
    const char c = Peek();
    if (c == 'u') {
      --next_;
      return ReadUnicodeEscape(value);
    }
    constexpr std::string_view kEscapes = "\"\"\\\\//b\bf\fn\nr\rt\t";
    for (size_t i = 0; i < kEscapes.size(); i += 2) {
      if (!AtEnd() && kEscapes[i] == c) {
        value->push_back(kEscapes[i + 1]);
        ++next_;
        return true;
      }
    }
    return Fail(place, "Unrecognized character escape");
  }

  bool ReadUnicodeEscape(std::string* value) {
    const TextPlace place = Here();
    uint32_t code = 0;
    if (!ReadCodeUnit(&code)) return false;
    if (code >= 0xD800 && code <= 0xDBFF) {
      uint32_t low = 0;
      if (text_.substr(next_, 2) != "\\u" || !ReadCodeUnit(&low) || low < 0xDC00 || low > 0xDFFF) {
        return Fail(place, "Incomplete surrogate pair");
      }
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xDC00 && code <= 0xDFFF) {
      return Fail(place, "Incomplete surrogate pair");
    }
    AppendUtf8(code, value);
    return true;
  }

  bool ReadCodeUnit(uint32_t* code) {
    const std::string_view digits = text_.substr(next_ + 2, 4);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), *code, 16);
    if (digits.size() != 4 || error != std::errc() || end != digits.data() + 4) {
      return Fail(Here(),
                  "Unexpected character: expected a hex-digit for character escape sequence");
    }
    next_ += 6;
    return true;
  }

  const std::string_view text_;
  DocumentBuilder* const builder_;
  size_t next_ = 0;
  size_t line_begin_ = 0;
  int line_ = 1;
};

}  // namespace

void ReadJson(std::string_view text, DocumentBuilder* builder) { JsonReader(text, builder).Read(); }

}  // namespace segue::language

#include <cmath>

#include "server/language/jsonata/evaluator.h"
#include "server/language/jsonata/number_text.h"
#include "server/language/jsonata/utf.h"

// Values as text and as values of the host.

namespace segue::language::jsonata {
namespace {

void AppendEscape(char32_t character, std::string* out) {
  constexpr char kDigits[] = "0123456789abcdef";
  out->append("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) {
    out->push_back(kDigits[(character >> static_cast<unsigned>(shift)) & 0xF]);
  }
}

// As JSON.stringify writes a value, with $string's rounding.
class Writer {
 public:
  Writer(Evaluator* evaluator, Layout layout, std::string* out)
      : evaluator_(*evaluator), layout_(layout), out_(*out) {}

  bool Write(Value value) {
    if (!evaluator_.Spend(1) || !evaluator_.StackHasRoom()) return false;
    if (!evaluator_.Afford(out_.size())) return false;
    switch (value.tag()) {
      case Value::Tag::kBool:
        out_ += value.bool_value() ? "true" : "false";
        return true;
      case Value::Tag::kNumber:
        return WriteNumber(value);
      case Value::Tag::kString:
        AppendQuoted(value.text(), &out_);
        return evaluator_.Afford(out_.size());
      case Value::Tag::kFunction:
        out_ += "\"\"";
        return true;
      case Value::Tag::kArray:
        return WriteArray(value);
      case Value::Tag::kObject:
        return WriteObject(value);
      default:  // null, and undefined in an array
        out_ += "null";
        return true;
    }
  }

 private:
  bool WriteNumber(Value value) {
    if (value.form() == Value::Form::kInt) {
      AppendNumber(WithFifteenDigits(value.number()), &out_);
      return true;
    }
    if (std::isnan(value.number())) {
      out_ += "null";
      return true;
    }
    if (!IsNumeric(&evaluator_, value)) return false;
    AppendNumber(WithFifteenDigits(value.number()), &out_);
    return true;
  }

  bool WriteArray(Value array) {
    if (array.size() == 0) {
      out_ += "[]";
      return true;
    }
    Open('[');
    for (size_t i = 0; i < array.size(); ++i) {
      if (i > 0) out_.push_back(',');
      NewLine();
      if (!Write(array.At(i))) return false;
    }
    Close(']');
    return true;
  }

  bool WriteObject(Value object) {
    bool first = true;
    bool good = true;
    Open('{');
    ForEachMember(object, [&](std::string_view name, Value value) {
      if (value.is_undefined()) return true;
      if (!first) out_.push_back(',');
      first = false;
      NewLine();
      AppendQuoted(name, &out_);
      out_ += layout_ == Layout::kPretty ? ": " : ":";
      good = Write(value);
      return good;
    });
    if (first) {
      --indent_;
      out_.push_back('}');
    } else {
      Close('}');
    }
    return good;
  }

  void Open(char bracket) {
    out_.push_back(bracket);
    ++indent_;
  }
  void Close(char bracket) {
    --indent_;
    NewLine();
    out_.push_back(bracket);
  }
  void NewLine() {
    if (layout_ == Layout::kPretty) out_.append("\n").append(indent_ * 2, ' ');
  }

  Evaluator& evaluator_;
  const Layout layout_;
  std::string& out_;
  size_t indent_ = 0;
};

Json NumberToJson(Value value) {
  if (value.form() == Value::Form::kInt) return Json(value.big_integer());
  const double number = value.number();
  constexpr double kExact = 9007199254740992;  // 2^53
  if (!std::isfinite(number)) return Json();
  if (number == std::floor(number) && std::fabs(number) <= kExact) {
    return Json(static_cast<int64_t>(number));
  }
  return Json(number);
}

// What a value of the host takes beside its text or elements.
constexpr size_t kSharedBytes = 64;

// A value that stands at many places is made anew at each: so its size is counted at each.
std::optional<Json> TextToJson(Evaluator* evaluator, Value value) {
  if (value.form() == Value::Form::kJson) return value.json();
  if (!evaluator->Pay(kSharedBytes + value.text().size())) return std::nullopt;
  return Json(WellFormed(value.text()));
}

std::optional<Json> ArrayToJson(Evaluator* evaluator, Value value) {
  if (!evaluator->Pay(kSharedBytes + value.size() * sizeof(Json))) return std::nullopt;
  Json::Array elements;
  elements.reserve(value.size());
  for (size_t i = 0; i < value.size(); ++i) {
    const Value element = value.At(i);
    // As JSON has no undefined, an array's is null.
    std::optional<Json> json =
        element.is_undefined() ? std::optional<Json>(Json()) : ToJson(evaluator, element);
    if (!json) return std::nullopt;
    elements.push_back(*std::move(json));
  }
  return Json(std::move(elements));
}

std::optional<Json> ObjectToJson(Evaluator* evaluator, Value value) {
  if (!evaluator->Pay(kSharedBytes + value.MemberCount() * sizeof(Json::Member))) {
    return std::nullopt;
  }
  std::vector<Json::Member> members;
  members.reserve(value.MemberCount());
  bool good = true;
  ForEachMember(value, [&](std::string_view name, Value member) {
    if (member.is_undefined()) return true;
    std::optional<Json> json = ToJson(evaluator, member);
    good = json.has_value() && evaluator->Pay(name.size());
    if (good) members.emplace_back(WellFormed(name), *std::move(json));
    return good;
  });
  if (!good) return std::nullopt;
  return Json(Json::Object(std::move(members)));
}

}  // namespace

void AppendQuoted(std::string_view text, std::string* out) {
  constexpr std::string_view kShort = "\bb\ff\nn\rr\tt\"\"\\\\";
  out->push_back('"');
  const bool halves = HasLoneSurrogate(text);
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    const char32_t c = halves ? NextCharacter(text, &at) : static_cast<unsigned char>(text[at++]);
    if (c < 0x20 || c == '"' || c == '\\') {
      size_t escape = 0;
      while (escape < kShort.size() && static_cast<unsigned char>(kShort[escape]) != c) escape += 2;
      if (escape < kShort.size()) {
        out->push_back('\\');
        out->push_back(kShort[escape + 1]);
      } else {
        AppendEscape(c, out);
      }
    } else if (halves && (IsHighSurrogate(c) || IsLowSurrogate(c))) {
      AppendEscape(c, out);
    } else {
      out->append(text.substr(start, at - start));
    }
  }
  out->push_back('"');
}

bool Stringify(Evaluator* evaluator, Value value, Layout layout, std::string* out) {
  return Writer(evaluator, layout, out).Write(value);
}

Value StringOf(Evaluator* evaluator, Value value, Layout layout) {
  if (value.is_undefined() || value.is_string()) return value;
  if (value.is_function()) return Value::Text("");
  if (value.is_number() && !std::isfinite(value.number())) {
    return evaluator->Fail({.code = "D3001", .value = value});
  }
  if (value.is_array() && value.Has(Value::kOuterWrapper)) value = value.At(0);
  std::string text;
  if (!Stringify(evaluator, value, layout, &text)) return Value::Failed();
  return evaluator->Keep(text);
}

std::optional<Json> ToJson(Evaluator* evaluator, Value value) {
  if (!evaluator->Spend(1) || !evaluator->StackHasRoom()) return std::nullopt;
  switch (value.tag()) {
    case Value::Tag::kBool:
      return Json::Bool(value.bool_value());
    case Value::Tag::kNumber:
      return NumberToJson(value);
    case Value::Tag::kString:
      return TextToJson(evaluator, value);
    case Value::Tag::kFunction:
      return std::nullopt;
    case Value::Tag::kArray:
      return value.form() == Value::Form::kJson ? value.json() : ArrayToJson(evaluator, value);
    case Value::Tag::kObject:
      return value.form() == Value::Form::kJson ? value.json() : ObjectToJson(evaluator, value);
    default:
      return Json();
  }
}

}  // namespace segue::language::jsonata

#include "server/base/json.h"

#include <algorithm>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <ostream>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "server/base/check.h"

namespace segue {
namespace {

// Receives Boost's parse events and builds our tree. Values of open containers wait on one stack: a
// member as soon as its name is known, an element with an empty name.
class TreeBuilder {
 public:
  static constexpr size_t max_object_size = ~size_t{0};
  static constexpr size_t max_array_size = ~size_t{0};
  static constexpr size_t max_key_size = ~size_t{0};
  static constexpr size_t max_string_size = ~size_t{0};

  using Error = boost::json::error_code;
  using Text = boost::json::string_view;

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error&) { return Open(Container::kObject); }
  bool on_array_begin(Error&) { return Open(Container::kArray); }

  bool on_object_end(size_t count, Error&) {
    auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<Json::Member> members(std::make_move_iterator(first),
                                      std::make_move_iterator(stack_.end()));
    stack_.erase(first, stack_.end());
    open_.pop_back();
    return Add(Json(Json::Object(std::move(members))));
  }

  bool on_array_end(size_t count, Error&) {
    auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
    Json::Array values;
    values.reserve(count);
    for (auto i = first; i != stack_.end(); ++i) values.push_back(std::move(i->second));
    stack_.erase(first, stack_.end());
    open_.pop_back();
    return Add(Json(std::move(values)));
  }

  bool on_key_part(Text part, size_t, Error&) { return Buffer(part); }
  bool on_key(Text last, size_t, Error&) {
    stack_.emplace_back(TakeBuffered(last), Json());
    return true;
  }
  bool on_string_part(Text part, size_t, Error&) { return Buffer(part); }
  bool on_string(Text last, size_t, Error&) { return Add(Json(TakeBuffered(last))); }

  bool on_number_part(Text part, Error&) { return Buffer(part); }
  bool on_int64(int64_t value, Text, Error&) {
    buffer_.clear();
    return Add(Json(value));
  }
  bool on_uint64(uint64_t value, Text text, Error& error) {
    if (value <= static_cast<uint64_t>(INT64_MAX)) {
      return on_int64(static_cast<int64_t>(value), text, error);
    }
    return on_double(0, text, error);
  }
  // Boost 1.81 may be wrong in a double's last bit: read its text again.
  bool on_double(double, Text last, Error& error) {
    const std::string text = TakeBuffered(last);
    double value = 0;
    auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault == std::errc::result_out_of_range) value = std::strtod(text.c_str(), nullptr);
    if (!std::isfinite(value)) {
      error = boost::json::error::exponent_overflow;
      return false;
    }
    return Add(Json(value));
  }

  bool on_bool(bool value, Error&) { return Add(Json::Bool(value)); }
  bool on_null(Error&) { return Add(Json()); }
  bool on_comment_part(Text, Error&) { return true; }
  bool on_comment(Text, Error&) { return true; }

  Json Take() { return std::move(stack_.front().second); }

 private:
  enum class Container : uint8_t { kObject, kArray };

  bool Open(Container container) {
    open_.push_back(container);
    return true;
  }

  bool Add(Json value) {
    if (!open_.empty() && open_.back() == Container::kObject) {
      stack_.back().second = std::move(value);
    } else {
      stack_.emplace_back(std::string(), std::move(value));
    }
    return true;
  }

  bool Buffer(Text part) {
    buffer_.append(part.data(), part.size());
    return true;
  }

  std::string TakeBuffered(Text last) {
    if (buffer_.empty()) return std::string(last.data(), last.size());
    Buffer(last);
    return std::exchange(buffer_, {});
  }

  std::vector<Json::Member> stack_;
  std::vector<Container> open_;
  std::string buffer_;
};

absl::Status FaultAt(std::string_view text, size_t offset, std::string_view what) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t line_start = before.rfind('\n');
  const size_t column =
      before.size() - (line_start == std::string_view::npos ? 0 : line_start + 1) + 1;
  return absl::InvalidArgumentError(
      absl::StrCat("invalid JSON at line ", line, ", column ", column, ": ", std::string(what)));
}

constexpr std::array<char, 256> MakeEscapes() {
  std::array<char, 256> escapes = {};
  for (size_t c = 0; c < 0x20; ++c) escapes[c] = 'u';
  escapes['\b'] = 'b';
  escapes['\t'] = 't';
  escapes['\n'] = 'n';
  escapes['\f'] = 'f';
  escapes['\r'] = 'r';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  return escapes;
}
constexpr std::array<char, 256> kEscapes = MakeEscapes();

void DumpString(std::string_view text, std::string* out) {
  out->push_back('"');
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const char escape = kEscapes[c];
    if (escape == 0) continue;
    out->append(text, start, i - start);
    start = i + 1;
    out->push_back('\\');
    out->push_back(escape);
    if (escape == 'u') {
      constexpr char kHex[] = "0123456789ABCDEF";
      out->append("00").push_back(kHex[c >> 4]);
      out->push_back(kHex[c & 15]);
    }
  }
  out->append(text, start, text.size() - start);
  out->push_back('"');
}

void DumpInt(int64_t value, std::string* out) {
  char buffer[24];
  const auto result = std::to_chars(std::begin(buffer), std::end(buffer), value);
  out->append(buffer, result.ptr);
}

void DumpScalar(const Json& value, std::string* out) {
  switch (value.kind()) {
    case Json::Kind::kNull:
      out->append("null");
      return;
    case Json::Kind::kBool:
      out->append(value.bool_value() ? "true" : "false");
      return;
    case Json::Kind::kInt:
      DumpInt(value.int_value(), out);
      return;
    case Json::Kind::kDouble:
      // Jackson quotes what JSON has no number for.
      if (std::isfinite(value.number())) {
        out->append(FormatDouble(value.number()));
      } else {
        DumpString(FormatDouble(value.number()), out);
      }
      return;
    case Json::Kind::kString:
      DumpString(value.string(), out);
      return;
    case Json::Kind::kArray:
    case Json::Kind::kObject:
      break;
  }
  SEGUE_CHECK(false);
}

void NewLine(int depth, std::string* out) {
  out->push_back('\n');
  out->append(static_cast<size_t>(depth) * 2, ' ');
}

void DumpPrettyTo(const Json& value, int depth, std::string* out) {
  bool first = true;
  auto separate = [&] {
    if (!first) out->push_back(',');
    first = false;
    NewLine(depth + 1, out);
  };
  if (value.is_array() && !value.array().empty()) {
    out->push_back('[');
    for (const Json& element : value.array()) {
      separate();
      DumpPrettyTo(element, depth + 1, out);
    }
    NewLine(depth, out);
    out->push_back(']');
  } else if (value.is_object() && !value.object().empty()) {
    out->push_back('{');
    for (const auto& [name, member] : value.object()) {
      separate();
      DumpString(name, out);
      out->append(": ");
      DumpPrettyTo(member, depth + 1, out);
    }
    NewLine(depth, out);
    out->push_back('}');
  } else {
    value.DumpTo(out);
  }
}

bool EqualNumbers(const Json& a, const Json& b) {
  if (a.is_int() && b.is_int()) return a.int_value() == b.int_value();
  if (a.is_double() && b.is_double()) return a.number() == b.number();
  const int64_t whole = a.is_int() ? a.int_value() : b.int_value();
  const double real = a.is_double() ? a.number() : b.number();
  // Exact: a double of 2^53 or more must not equal its integer neighbours.
  return real >= -0x1p63 && real < 0x1p63 && static_cast<double>(whole) == real &&
         static_cast<int64_t>(real) == whole;
}

bool EqualObjects(const Json::Object& a, const Json::Object& b) {
  if (a.size() != b.size()) return false;
  return std::all_of(a.begin(), a.end(), [&](const Json::Member& member) {
    const Json* other = b.Find(member.first);
    return other != nullptr && *other == member.second;
  });
}

}  // namespace

// ---- Json

Json::Json(std::string value) : value_(std::make_shared<const std::string>(std::move(value))) {}
Json::Json(Array values) : value_(std::make_shared<const Array>(std::move(values))) {}
Json::Json(Object members) : value_(std::make_shared<const Object>(std::move(members))) {}

Json Json::Bool(bool value) {
  Json json;
  json.value_.emplace<static_cast<size_t>(Kind::kBool)>(value);
  return json;
}

Json Json::Of(std::initializer_list<Member> members) {
  return Json(Object(std::vector<Member>(members)));
}

Json Json::List(std::initializer_list<Json> values) { return Json(Array(values)); }

absl::StatusOr<Json> Json::Parse(std::string_view text, int depth_max) {
  boost::json::parse_options options;
  options.max_depth = static_cast<size_t>(depth_max);
  boost::json::basic_parser<TreeBuilder> parser(options);
  boost::json::error_code error;
  const size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (error == boost::json::error::incomplete) {
    return FaultAt(text, text.size(), "unexpected end of the text");
  }
  if (error) return FaultAt(text, used, error.message());
  if (used < text.size()) return FaultAt(text, used, "unexpected text after the value");
  return parser.handler().Take();
}

bool Json::bool_value() const {
  const bool* value = std::get_if<bool>(&value_);
  SEGUE_CHECK(value != nullptr);
  return *value;
}

int64_t Json::int_value() const {
  const int64_t* value = std::get_if<int64_t>(&value_);
  SEGUE_CHECK(value != nullptr);
  return *value;
}

double Json::number() const {
  if (const int64_t* whole = std::get_if<int64_t>(&value_)) return static_cast<double>(*whole);
  const double* value = std::get_if<double>(&value_);
  SEGUE_CHECK(value != nullptr);
  return *value;
}

const std::string& Json::string() const {
  const auto* value = std::get_if<Shared<std::string>>(&value_);
  SEGUE_CHECK(value != nullptr);
  return **value;
}

const Json::Array& Json::array() const {
  const auto* value = std::get_if<Shared<Array>>(&value_);
  SEGUE_CHECK(value != nullptr);
  return **value;
}

const Json::Object& Json::object() const {
  const auto* value = std::get_if<Shared<Object>>(&value_);
  SEGUE_CHECK(value != nullptr);
  return **value;
}

const Json* Json::Find(std::string_view name) const {
  const auto* value = std::get_if<Shared<Object>>(&value_);
  return value == nullptr ? nullptr : (*value)->Find(name);
}

const std::string* Json::FindString(std::string_view name) const {
  const Json* member = Find(name);
  return member != nullptr && member->is_string() ? &member->string() : nullptr;
}

Json Json::With(std::string_view name, Json value) const {
  Object members = is_object() ? object() : Object();
  members.Set(name, std::move(value));
  return Json(std::move(members));
}

std::string Json::Dump() const {
  std::string out;
  DumpTo(&out);
  return out;
}

void Json::DumpTo(std::string* out) const {
  if (is_array()) {
    out->push_back('[');
    const Array& values = array();
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out->push_back(',');
      values[i].DumpTo(out);
    }
    out->push_back(']');
  } else if (is_object()) {
    out->push_back('{');
    const auto& members = object().members();
    for (size_t i = 0; i < members.size(); ++i) {
      if (i > 0) out->push_back(',');
      DumpString(members[i].first, out);
      out->push_back(':');
      members[i].second.DumpTo(out);
    }
    out->push_back('}');
  } else {
    DumpScalar(*this, out);
  }
}

std::string Json::DumpPretty() const {
  std::string out;
  DumpPrettyTo(*this, 0, &out);
  return out;
}

bool Json::DeeperThan(int depth_max) const {
  if (!is_array() && !is_object()) return false;
  if (depth_max <= 0) return true;
  if (is_array()) {
    return std::any_of(array().begin(), array().end(),
                       [&](const Json& value) { return value.DeeperThan(depth_max - 1); });
  }
  return std::any_of(object().begin(), object().end(),
                     [&](const Member& member) { return member.second.DeeperThan(depth_max - 1); });
}

bool operator==(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) return EqualNumbers(a, b);
  if (a.value_.index() != b.value_.index()) return false;
  if (a.value_ == b.value_) return true;  // the same scalar, or the same tree
  switch (a.kind()) {
    case Json::Kind::kString:
      return a.string() == b.string();
    case Json::Kind::kArray:
      return a.array() == b.array();
    case Json::Kind::kObject:
      return EqualObjects(a.object(), b.object());
    case Json::Kind::kNull:
    case Json::Kind::kBool:
    case Json::Kind::kInt:
    case Json::Kind::kDouble:
      return false;
  }
  return false;
}

void PrintTo(const Json& value, std::ostream* out) { *out << value.Dump(); }

// ---- Json::Object

Json::Object::Object(std::vector<Member> members) : members_(std::move(members)) {
  Reindex();
  if (HasRepeated()) KeepLastOfRepeated();
}

bool Json::Object::HasRepeated() const {
  // A name is found at its first member.
  for (size_t i = 0; i < members_.size(); ++i) {
    if (Position(members_[i].first) != i) return true;
  }
  return false;
}

void Json::Object::KeepLastOfRepeated() {
  std::vector<Member> all = std::exchange(members_, {});
  slots_.clear();
  for (Member& member : all) Set(member.first, std::move(member.second));
}

const Json* Json::Object::Find(std::string_view name) const {
  const size_t position = Position(name);
  return position == kNone ? nullptr : &members_[position].second;
}

void Json::Object::Set(std::string_view name, Json value) {
  const size_t position = Position(name);
  if (position != kNone) {
    members_[position].second = std::move(value);
    return;
  }
  members_.emplace_back(std::string(name), std::move(value));
  IndexMember(members_.size() - 1);
}

void Json::Object::Erase(std::string_view name) {
  const size_t position = Position(name);
  if (position == kNone) return;
  members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(position));
  Reindex();
}

size_t Json::Object::Position(std::string_view name) const {
  if (!slots_.empty()) {
    const uint32_t slot = slots_[SlotOf(name)];
    return slot == 0 ? kNone : slot - 1;
  }
  for (size_t i = 0; i < members_.size(); ++i) {
    if (members_[i].first == name) return i;
  }
  return kNone;
}

// The slot that holds `name`, else the free one where it belongs.
size_t Json::Object::SlotOf(std::string_view name) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = absl::Hash<std::string_view>()(name) & mask;
  while (slots_[slot] != 0 && members_[slots_[slot] - 1].first != name) slot = (slot + 1) & mask;
  return slot;
}

// `position` is the last member.
void Json::Object::IndexMember(size_t position) {
  if (members_.size() < kIndexFrom) return;
  if (slots_.size() < 2 * members_.size()) {
    Reindex();
    return;
  }
  slots_[SlotOf(members_[position].first)] = static_cast<uint32_t>(position + 1);
}

void Json::Object::Reindex() {
  slots_.clear();
  if (members_.size() < kIndexFrom) return;
  size_t slot_count = 4 * kIndexFrom;
  while (slot_count < 2 * members_.capacity()) slot_count *= 2;
  slots_.assign(slot_count, 0);
  for (size_t i = 0; i < members_.size(); ++i) {
    uint32_t& slot = slots_[SlotOf(members_[i].first)];
    if (slot == 0) slot = static_cast<uint32_t>(i + 1);
  }
}

// ---- Numbers

// Java's Double.toString: plain from 10^-3 up to 10^7, else d.dddE<exponent>; always a digit after
// the point.
std::string FormatDouble(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";

  char buffer[64];
  const double magnitude = std::fabs(value);
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    auto result =
        std::to_chars(std::begin(buffer), std::end(buffer), value, std::chars_format::fixed);
    std::string text(buffer, result.ptr);
    if (text.find('.') == std::string::npos) text += ".0";
    return text;
  }
  auto result =
      std::to_chars(std::begin(buffer), std::end(buffer), value, std::chars_format::scientific);
  const std::string_view text(buffer, static_cast<size_t>(result.ptr - buffer));  // "1.5e+10"
  const size_t e = text.find('e');
  std::string out(text.substr(0, e));
  if (out.find('.') == std::string::npos) out += ".0";
  out += 'E';
  std::string_view exponent = text.substr(e + 1);
  if (exponent.front() == '-') out += '-';
  exponent.remove_prefix(1);
  while (exponent.size() > 1 && exponent.front() == '0') exponent.remove_prefix(1);
  out.append(exponent);
  return out;
}

}  // namespace segue

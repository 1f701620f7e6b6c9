#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <sstream>

#include "server/language/document.h"
#include "server/language/text.h"

// The adapter of yaml-cpp: its exceptions end here.

namespace segue::language {
namespace {

constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> options) {
  return std::find(options.begin(), options.end(), text) != options.end();
}

// YAML 1.2, section 10.3.2: [-+]? [0-9]+ | 0o [0-7]+ | 0x [0-9a-fA-F]+
std::optional<Json> AsInteger(std::string_view text) {
  int base = 10;
  if (text.substr(0, 2) == "0o") base = 8;
  if (text.substr(0, 2) == "0x") base = 16;
  if (base != 10) text.remove_prefix(2);
  if (base == 10 && text.substr(0, 1) == "+") {
    text.remove_prefix(1);
    if (text.substr(0, 1) == "-") return std::nullopt;
  }
  if (text.empty() || (base != 10 && text[0] == '-')) return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return Json(value);
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
std::optional<Json> AsDouble(std::string_view text) {
  if (text.substr(0, 1) == "+") text.remove_prefix(1);
  const std::string_view digits = text.substr(0, 1) == "-" ? text.substr(1) : text;
  if (digits.empty() || !(digits[0] == '.' || (digits[0] >= '0' && digits[0] <= '9'))) {
    return std::nullopt;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return Json(value);
}

std::optional<Json> AsBool(std::string_view text) {
  if (IsOneOf(text, {"true", "True", "TRUE"})) return Json::Bool(true);
  if (IsOneOf(text, {"false", "False", "FALSE"})) return Json::Bool(false);
  return std::nullopt;
}

bool IsNull(std::string_view text) { return IsOneOf(text, {"", "~", "null", "Null", "NULL"}); }

// What a plain scalar without a tag means.
Json Resolve(const std::string& text) {
  if (IsNull(text)) return Json();
  if (auto value = AsBool(text)) return *value;
  if (auto value = AsInteger(text)) return *value;
  if (auto value = AsDouble(text)) return *value;
  return Json(text);
}

class Handler : public YAML::EventHandler {
 public:
  explicit Handler(DocumentBuilder* builder) : builder_(builder) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) Fail(mark, "A definition is one YAML document; here begins another");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (builder_->failed()) return;
    if (builder_->name_is_due()) return TakeName(mark, anchor, "");
    builder_->Scalar(Json(), Place(mark));
    Remember(anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    if (builder_->failed()) return;
    if (builder_->name_is_due()) return TakeName(mark, anchor, text);
    std::optional<Json> value = Tagged(tag, text);
    if (!value) return Fail(mark, Concat("'", text, "' is no value of the YAML tag ", tag));
    builder_->Scalar(*std::move(value), Place(mark));
    Remember(anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (builder_->failed()) return;
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) return Fail(mark, "This alias stands inside its own anchor");
    if (!builder_->name_is_due()) return builder_->Copy(*found->second, Place(mark));
    if (!found->second->is_string()) return Fail(mark, "A member's name must be a string");
    builder_->Name(found->second->string(), Place(mark));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    Open(mark, tag, anchor, Json::Kind::kArray);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    Open(mark, tag, anchor, Json::Kind::kObject);
  }
  void OnMapEnd() override { Close(); }

  void Fail(const YAML::Mark& mark, std::string message) {
    builder_->Fail(Place(mark), "INVALID_YAML_DESCRIPTION", std::move(message));
  }

 private:
  static TextPlace Place(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

  // "?" marks a plain scalar, "!" a quoted one.
  static std::optional<Json> Tagged(const std::string& tag, const std::string& text) {
    if (tag == "?" || tag.empty()) return Resolve(text);
    if (tag == "!") return Json(text);
    const std::string_view name = std::string_view(tag).substr(0, kTagPrefix.size()) == kTagPrefix
                                      ? std::string_view(tag).substr(kTagPrefix.size())
                                      : "";
    if (name == "str") return Json(text);
    if (name == "int") return AsInteger(text);
    if (name == "float") return AsDouble(text);
    if (name == "bool") return AsBool(text);
    if (name == "null" && IsNull(text)) return Json();
    return std::nullopt;
  }

  void Open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            Json::Kind kind) {
    if (builder_->failed()) return;
    if (builder_->name_is_due()) return Fail(mark, "A member's name must be a string");
    const bool plain = tag.empty() || tag == "?" || tag == "!" ||
                       tag == Concat(kTagPrefix, kind == Json::Kind::kArray ? "seq" : "map");
    if (!plain) return Fail(mark, Concat("The YAML tag ", tag, " is not supported"));
    if (kind == Json::Kind::kArray) {
      builder_->OpenArray(Place(mark));
    } else {
      builder_->OpenObject(Place(mark));
    }
    open_anchors_.push_back(anchor);
  }

  void Close() {
    if (builder_->failed()) return;
    builder_->Close();
    Remember(open_anchors_.back());
    open_anchors_.pop_back();
  }

  void TakeName(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& text) {
    if (anchor != 0) return Fail(mark, "An anchor on a member's name is not supported");
    builder_->Name(text, Place(mark));
  }

  void Remember(YAML::anchor_t anchor) {
    if (anchor != 0 && !builder_->failed()) anchors_[anchor] = builder_->last();
  }

  DocumentBuilder* const builder_;
  std::map<YAML::anchor_t, const Node*> anchors_;
  std::vector<YAML::anchor_t> open_anchors_;
  int documents_ = 0;
};

}  // namespace

void ReadYaml(std::string_view text, DocumentBuilder* builder) {
  Handler handler(builder);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    bool any = false;
    while (!builder->failed() && parser.HandleNextDocument(handler)) any = true;
    if (!any) {
      builder->Fail({}, "SCHEMA_VALIDATION_FAILED", "Definition must be a valid YAML object");
    }
  } catch (const YAML::Exception& exception) {
    handler.Fail(exception.mark, exception.msg);
  }
}

}  // namespace segue::language

#include "server/language/document.h"

#include <algorithm>
#include <utility>

#include "server/base/check.h"
#include "server/language/text.h"

namespace segue::language {
namespace {

constexpr size_t kFaultsMax = 1000;

// RFC 6901, section 3.
void AppendToken(std::string_view token, std::string* pointer) {
  pointer->push_back('/');
  for (const char c : token) {
    if (c == '~') {
      pointer->append("~0");
    } else if (c == '/') {
      pointer->append("~1");
    } else {
      pointer->push_back(c);
    }
  }
}

Format Detect(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  const bool json = first == std::string_view::npos || text[first] == '{';
  return json ? Format::kJson : Format::kYaml;
}

// Of the values on a way from the root: the index of the first one that is inside the innermost
// state. A block's states are its member "States"; what is called so elsewhere is data.
size_t InnermostState(const std::vector<const Node*>& way) {
  size_t inside = 0;
  while (inside + 1 < way.size() && way[inside]->name() == "States") {
    inside += 2;
    const bool is_array = inside < way.size() && way[inside]->name() == "Branches";
    const size_t block = inside + (is_array ? 2 : 1);
    if (block >= way.size() || way[block]->name() != "States") break;
    const std::string& field = way[inside]->name();
    if (!is_array && field != "ItemProcessor" && field != "Iterator") break;
    inside = block;
  }
  return inside;
}

}  // namespace

const Node* Node::Find(std::string_view name) const {
  if (!is_object()) return nullptr;
  for (const Node* child : children_) {
    if (child->name_ == name) return child;
  }
  return nullptr;
}

std::string Node::LocationInState() const {
  std::vector<const Node*> way;  // from the root
  for (const Node* node = this; node->parent_ != nullptr; node = node->parent_) {
    way.push_back(node);
  }
  std::reverse(way.begin(), way.end());
  std::string location;
  for (size_t at = InnermostState(way); at < way.size(); ++at) {
    if (way[at]->parent_->is_array()) {
      location += Concat("[", std::to_string(way[at]->index_), "]");
    } else {
      location += Concat(location.empty() ? "" : "/", way[at]->name_);
    }
  }
  return location;
}

std::string Node::Pointer() const {
  std::vector<const Node*> path;
  for (const Node* node = this; node->parent_ != nullptr; node = node->parent_) {
    path.push_back(node);
  }
  std::string pointer;
  for (auto node = path.rbegin(); node != path.rend(); ++node) {
    const bool member = (*node)->parent_->is_object();
    AppendToken(member ? (*node)->name_ : std::to_string((*node)->index_), &pointer);
  }
  return pointer;
}

Position Node::position() const { return {Pointer(), line_, column_}; }

Position Node::name_position() const {
  if (name_line_ == 0) return position();
  return {Pointer(), name_line_, name_column_};
}

Json Node::ToJson() const {
  if (is_array()) {
    Json::Array elements;
    elements.reserve(children_.size());
    for (const Node* child : children_) elements.push_back(child->ToJson());
    return elements;
  }
  if (is_object()) {
    std::vector<Json::Member> members;
    members.reserve(children_.size());
    for (const Node* child : children_) members.emplace_back(child->name_, child->ToJson());
    return Json::Object(std::move(members));
  }
  return scalar_;
}

Document::Result Document::Parse(std::string_view text, Format format, const Limits& limits) {
  DocumentBuilder builder(limits);
  if (text.size() > limits.text_size_max) {
    builder.Fail({}, "SCHEMA_VALIDATION_FAILED",
                 Concat("Definition is too large: ", std::to_string(text.size()),
                        " bytes; the maximum is ", std::to_string(limits.text_size_max)));
    return builder.Finish();
  }
  if (format == Format::kDetect) format = Detect(text);
  if (format == Format::kJson) {
    ReadJson(text, &builder);
  } else {
    ReadYaml(text, &builder);
  }
  return builder.Finish();
}

DocumentBuilder::DocumentBuilder(const Document::Limits& limits) : limits_(limits) {}

void DocumentBuilder::Fail(TextPlace place, std::string code, std::string message) {
  if (failed_) return;
  failed_ = true;
  last_ = nullptr;
  faults_.push_back({{"", place.line, place.column}, std::move(code), std::move(message)});
}

void DocumentBuilder::Name(std::string name, TextPlace place) {
  if (failed_) return;
  SEGUE_CHECK(name_is_due());
  OpenNode& object = open_.back();
  object.has_name = true;
  object.repeated = !object.names_seen.insert(name).second;
  if (object.repeated && faults_.size() < kFaultsMax) {
    Position position{object.node->Pointer(), place.line, place.column};
    AppendToken(name, &position.pointer);
    const bool state = object.node->name_ == "States";
    faults_.push_back({std::move(position),
                       state ? "DUPLICATE_STATE_NAME" : "INVALID_JSON_DESCRIPTION",
                       Concat(state ? "Duplicate State name: " : "Duplicate field: ", name)});
  }
  object.name = std::move(name);
  object.name_place = place;
}

Node* DocumentBuilder::Add(Json::Kind kind, TextPlace place) {
  if (failed_) return nullptr;
  if (document_->nodes_.size() >= limits_.nodes_max) {
    Fail(place, "SCHEMA_VALIDATION_FAILED",
         Concat("Definition holds more than ", std::to_string(limits_.nodes_max), " values"));
    return nullptr;
  }
  Node* node = &document_->nodes_.emplace_back();
  last_ = node;
  node->kind_ = kind;
  node->line_ = place.line;
  node->column_ = place.column;
  if (open_.empty()) {
    SEGUE_CHECK(document_->root_ == nullptr);
    document_->root_ = node;
    return node;
  }
  OpenNode& parent = open_.back();
  node->parent_ = parent.node;
  node->index_ = parent.node->children_.size();
  if (parent.node->is_object()) {
    SEGUE_CHECK(parent.has_name);
    parent.has_name = false;
    node->name_ = std::move(parent.name);
    node->name_line_ = parent.name_place.line;
    node->name_column_ = parent.name_place.column;
    if (std::exchange(parent.repeated, false)) return node;
  }
  parent.node->children_.push_back(node);
  return node;
}

void DocumentBuilder::Open(Json::Kind kind, TextPlace place) {
  if (failed_) return;
  if (open_.size() >= static_cast<size_t>(limits_.depth_max)) {
    Fail(place, "TOO_DEEPLY_NESTED",
         Concat("Definition is nested more than ", std::to_string(limits_.depth_max),
                " levels deep"));
    return;
  }
  Node* node = Add(kind, place);
  if (node != nullptr) open_.emplace_back().node = node;
}

void DocumentBuilder::Close() {
  if (failed_) return;
  SEGUE_CHECK(!open_.empty());
  last_ = open_.back().node;
  open_.pop_back();
}

void DocumentBuilder::Scalar(Json value, TextPlace place) {
  Node* node = Add(value.kind(), place);
  if (node != nullptr) node->scalar_ = std::move(value);
}

void DocumentBuilder::Copy(const Node& original, TextPlace place) {
  Node* copy = Add(original.kind_, place);
  if (copy == nullptr) return;
  copy->scalar_ = original.scalar_;
  CopyChildren(original, copy, open_.size() + 1);
  if (!failed_) last_ = copy;
}

// The copy's children keep the places of the originals, which is where the text stands.
void DocumentBuilder::CopyChildren(const Node& original, Node* copy, size_t depth) {
  if (original.children_.empty() || failed_) return;
  if (depth > static_cast<size_t>(limits_.depth_max)) {
    Fail({copy->line_, copy->column_}, "TOO_DEEPLY_NESTED",
         "Definition is nested too deeply after its aliases are expanded");
    return;
  }
  for (const Node* child : original.children_) {
    if (document_->nodes_.size() >= limits_.nodes_max) {
      Fail({copy->line_, copy->column_}, "SCHEMA_VALIDATION_FAILED",
           Concat("Definition holds more than ", std::to_string(limits_.nodes_max),
                  " values after its aliases are expanded"));
      return;
    }
    Node* node = &document_->nodes_.emplace_back(*child);
    node->children_.clear();
    node->parent_ = copy;
    node->index_ = copy->children_.size();
    copy->children_.push_back(node);
    CopyChildren(*child, node, depth + 1);
    if (failed_) return;
  }
}

Document::Result DocumentBuilder::Finish() {
  if (failed_ || document_->root_ == nullptr) return {nullptr, std::move(faults_)};
  SEGUE_CHECK(open_.empty());
  return {std::move(document_), std::move(faults_)};
}

}  // namespace segue::language

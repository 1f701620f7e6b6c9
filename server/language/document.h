#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "server/base/json.h"
#include "server/language/parse.h"
#include "server/language/workflow.h"

namespace segue::language {

// One value of a definition's text, with its place there. Belongs to its Document.
class Node {
 public:
  Json::Kind kind() const { return kind_; }
  bool is_object() const { return kind_ == Json::Kind::kObject; }
  bool is_array() const { return kind_ == Json::Kind::kArray; }
  bool is_string() const { return kind_ == Json::Kind::kString; }
  bool is_null() const { return kind_ == Json::Kind::kNull; }

  // Null, boolean, number or string; null for the rest.
  const Json& scalar() const { return scalar_; }
  // Requires is_string().
  const std::string& string() const { return scalar_.string(); }

  // The name under which it stands in its object; empty elsewhere.
  const std::string& name() const { return name_; }
  // Members of an object or elements of an array, in the order of the text.
  const std::vector<const Node*>& children() const { return children_; }
  // The member of an object; nullptr where there is none.
  const Node* Find(std::string_view name) const;

  // Where the value begins.
  Position position() const;
  // Where its name begins; the value's, where it has no name.
  Position name_position() const;

  // Where it stands inside the innermost state around it, as AWS's causes name fields:
  // "Output/a/b[0]", "Choices[1]/Condition". The whole way where there is no state around it.
  std::string LocationInState() const;

  Json ToJson() const;

 private:
  friend class DocumentBuilder;

  std::string Pointer() const;

  Json::Kind kind_ = Json::Kind::kNull;
  Json scalar_;
  std::string name_;
  std::vector<const Node*> children_;
  const Node* parent_ = nullptr;
  size_t index_ = 0;  // in parent_'s children
  int line_ = 0;
  int column_ = 0;
  int name_line_ = 0;
  int name_column_ = 0;
};

// A line and a column of a text; both count from 1, columns in bytes.
struct TextPlace {
  int line = 1;
  int column = 1;
};

// The tree of a JSON or YAML text. YAML gives the same tree as the JSON that it stands for (core
// schema of YAML 1.2; anchors and aliases are expanded). Bounds: the text's size, the depth, and
// the number of values after the expansion of aliases.
class Document {
 public:
  struct Limits {
    size_t text_size_max = size_t{1} << 20;  // bytes
    int depth_max = 64;
    size_t nodes_max = 200'000;
  };
  struct Result {
    std::shared_ptr<const Document> document;  // null where the text cannot be read at all
    std::vector<Fault> faults;                 // with a document: repeated member names only
  };

  static Result Parse(std::string_view text, Format format, const Limits& limits);

  const Node& root() const { return *root_; }

 private:
  friend class DocumentBuilder;
  std::deque<Node> nodes_;  // stable addresses
  const Node* root_ = nullptr;
};

// Builds a Document value by value, in the order of the text; what the two readers share. A fault
// in the text or a bound that is exceeded stops it: from then on every call is ignored.
class DocumentBuilder {
 public:
  explicit DocumentBuilder(const Document::Limits& limits);

  void OpenObject(TextPlace place) { Open(Json::Kind::kObject, place); }
  void OpenArray(TextPlace place) { Open(Json::Kind::kArray, place); }
  void Close();
  // Before each value of an object. A name that was there before is a fault; its value is left out.
  void Name(std::string name, TextPlace place);
  void Scalar(Json value, TextPlace place);
  // A copy of a value that is complete already (a YAML alias).
  void Copy(const Node& original, TextPlace place);

  void Fail(TextPlace place, std::string code, std::string message);

  bool failed() const { return failed_; }
  bool in_object() const { return !open_.empty() && open_.back().node->is_object(); }
  bool name_is_due() const { return in_object() && !open_.back().has_name; }
  // The value that was opened or added last; nullptr after a failure.
  const Node* last() const { return last_; }

  Document::Result Finish();

 private:
  struct OpenNode {
    Node* node = nullptr;
    absl::flat_hash_set<std::string> names_seen;
    bool has_name = false;
    bool repeated = false;  // the name was there before: its value stays outside the tree
    std::string name;
    TextPlace name_place;
  };

  Node* Add(Json::Kind kind, TextPlace place);
  void Open(Json::Kind kind, TextPlace place);
  void CopyChildren(const Node& original, Node* copy, size_t depth);

  const Document::Limits limits_;
  std::shared_ptr<Document> document_ = std::make_shared<Document>();
  std::vector<OpenNode> open_;
  std::vector<Fault> faults_;
  const Node* last_ = nullptr;
  bool failed_ = false;
};

// The two readers: they call `builder` for what `text` holds.
void ReadJson(std::string_view text, DocumentBuilder* builder);
void ReadYaml(std::string_view text, DocumentBuilder* builder);

}  // namespace segue::language

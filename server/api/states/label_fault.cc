#include "server/api/states/label_fault.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_format.h"
#include "server/base/json.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;

constexpr size_t kLabelMax = 40;

// The value that a JSON pointer names. Labels stand below names and indexes without `~`.
const Json* Find(const Json& document, std::string_view pointer) {
  const Json* at = &document;
  while (!pointer.empty() && at != nullptr) {
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    if (!at->is_array()) {
      at = at->Find(token);
      continue;
    }
    const bool number = !token.empty() && token.find_first_not_of("0123456789") == token.npos;
    const size_t index = number && token.size() < 9 ? std::stoul(std::string(token)) : SIZE_MAX;
    at = index < at->array().size() ? &at->array()[index] : nullptr;
  }
  return at;
}

// How many bytes the character at the start of `text` has.
size_t Width(std::string_view text) {
  size_t width = 1;
  while (width < text.size() && (text[width] & 0xC0) == 0x80) ++width;
  return width;
}

bool IsControl(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

bool IsAllowed(std::string_view character) {
  constexpr std::string_view kForbidden = " <>{}[]?*\"#%\\^|~`$&,;:/";
  return !IsControl(character) &&
         (character.size() > 1 || kForbidden.find(character.front()) == kForbidden.npos);
}

// As Python's repr() writes a text.
std::string Quoted(std::string_view text) {
  const bool single = text.find('\'') == text.npos || text.find('"') != text.npos;
  const char quote = single ? '\'' : '"';
  std::string quoted(1, quote);
  while (!text.empty()) {
    const std::string_view character = text.substr(0, Width(text));
    text.remove_prefix(character.size());
    const char first = character.front();
    if (first == quote || first == '\\') {
      quoted += {'\\', first};
    } else if (first == '\n' || first == '\r' || first == '\t') {
      quoted += {'\\', first == '\n' ? 'n' : first == '\r' ? 'r' : 't'};
    } else if (IsControl(character)) {
      quoted += absl::StrFormat("\\x%02x", static_cast<unsigned char>(character.back()));
    } else {
      quoted += character;
    }
  }
  return quoted + quote;
}

std::string WhatIsWrong(std::string_view label) {
  if (label.empty()) return "Label cannot be empty";
  const auto characters =
      static_cast<size_t>(std::ranges::count_if(label, [](char c) { return (c & 0xC0) != 0x80; }));
  if (characters > kLabelMax) return "Label cannot exceed 40 characters";
  while (!label.empty()) {
    const std::string_view character = label.substr(0, Width(label));
    if (!IsAllowed(character)) {
      return Concat("Label contains invalid character: ", Quoted(character));
    }
    label.remove_prefix(character.size());
  }
  return "";
}

}  // namespace

std::optional<std::string> LabelFaultMessage(const language::Fault& fault,
                                             std::string_view definition) {
  if (!fault.position.pointer.ends_with("/Label")) return std::nullopt;
  const absl::StatusOr<Json> document = Json::Parse(definition);
  if (!document.ok()) return std::nullopt;
  const Json* label = Find(*document, fault.position.pointer);
  if (label == nullptr || !label->is_string()) return std::nullopt;
  const std::string wrong = WhatIsWrong(label->string());
  if (wrong.empty()) return std::nullopt;
  return Concat("Error=ValueError Args=[", Quoted(wrong), "] in definition '", definition, "'.");
}

}  // namespace segue::api::states

#include "server/language/jsonata/functions/table.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "server/base/check.h"
#include "server/language/jsonata/functions/functions.h"
#include "server/language/jsonata/signature.h"

namespace segue::language::jsonata {
namespace {

namespace f = functions;

constexpr Builtin kCommon[] = {
    {"sum", "<a<n>:n>", 1, f::Sum},
    {"count", "<a:n>", 1, f::Count},
    {"max", "<a<n>:n>", 1, f::Max},
    {"min", "<a<n>:n>", 1, f::Min},
    {"average", "<a<n>:n>", 1, f::Average},
    {"string", "<x-b?:s>", 1, f::String},
    {"substring", "<s-nn?:s>", 3, f::Substring},
    {"substringBefore", "<s-s:s>", 2, f::SubstringBefore},
    {"substringAfter", "<s-s:s>", 2, f::SubstringAfter},
    {"lowercase", "<s-:s>", 1, f::Lowercase},
    {"uppercase", "<s-:s>", 1, f::Uppercase},
    {"length", "<s-:n>", 1, f::Length},
    {"trim", "<s-:s>", 1, f::Trim},
    {"pad", "<s-ns?:s>", 3, f::Pad},
    {"match", "<s-f<s:o>n?:a<o>>", 3, f::Match},
    {"contains", "<s-(sf):b>", 2, f::Contains},
    {"replace", "<s-(sf)(sf)n?:s>", 4, f::Replace},
    {"split", "<s-(sf)n?:a<s>>", 3, f::Split},
    {"join", "<a<s>s?:s>", 2, f::Join},
    {"formatNumber", "<n-so?:s>", 3, f::FormatNumber},
    {"formatBase", "<n-n?:s>", 2, f::FormatBase},
    {"formatInteger", "<n-s:s>", 2, f::FormatInteger},
    {"parseInteger", "<s-s:n>", 2, f::ParseInteger},
    {"number", "<(nsb)-:n>", 1, f::Number},
    {"floor", "<n-:n>", 1, f::Floor},
    {"ceil", "<n-:n>", 1, f::Ceil},
    {"round", "<n-n?:n>", 2, f::Round},
    {"abs", "<n-:n>", 1, f::Abs},
    {"sqrt", "<n-:n>", 1, f::Sqrt},
    {"power", "<n-n:n>", 2, f::Power},
    {"boolean", "<x-:b>", 1, f::Boolean},
    {"not", "<x-:b>", 1, f::Not},
    {"map", "<af>", 2, f::Map},
    {"zip", "<a+>", 0, f::Zip},
    {"filter", "<af>", 2, f::Filter},
    {"single", "<af?>", 2, f::Single},
    {"reduce", "<afj?:j>", 3, f::Reduce},
    {"sift", "<o-f?:o>", 2, f::Sift},
    {"keys", "<x-:a<s>>", 1, f::Keys},
    {"lookup", "<x-s:x>", 2, f::Lookup},
    {"append", "<xx:a>", 2, f::Append},
    {"exists", "<x:b>", 1, f::Exists},
    {"spread", "<x-:a<o>>", 1, f::Spread},
    {"merge", "<a<o>:o>", 1, f::Merge},
    {"reverse", "<a:a>", 1, f::Reverse},
    {"each", "<o-f:a>", 2, f::Each},
    {"error", "<s?:x>", 1, f::Error},
    {"assert", "<bs?:x>", 2, f::Assert},
    {"type", "<x:s>", 1, f::Type},
    {"sort", "<af?:a>", 2, f::Sort},
    {"shuffle", "<a:a>", 1, f::Shuffle},
    {"distinct", "<x:x>", 1, f::Distinct},
    {"base64encode", "<s-:s>", 1, f::Base64Encode},
    {"base64decode", "<s-:s>", 1, f::Base64Decode},
    {"encodeUrlComponent", "<s-:s>", 1, f::EncodeUrlComponent},
    {"encodeUrl", "<s-:s>", 1, f::EncodeUrl},
    {"decodeUrlComponent", "<s-:s>", 1, f::DecodeUrlComponent},
    {"decodeUrl", "<s-:s>", 1, f::DecodeUrl},
    {"toMillis", "<s-s?:n>", 2, f::ToMillis},
    {"fromMillis", "<n-s?s?:s>", 3, f::FromMillis},
    {"clone", "<(oa)-:o>", 1, f::Clone},
    {"now", "<s?s?:s>", 2, f::Now},
    {"millis", "<:n>", 0, f::Millis},
};

constexpr Builtin kReferenceOnly[] = {
    {"random", "<:n>", 0, f::RandomNumber},
};

// AWS, "Transforming data with JSONata in Step Functions": what Step Functions adds.
constexpr Builtin kStepFunctionsOnly[] = {
    {"partition", "<an:a>", 2, f::Partition},
    {"range", "<nnn:a>", 3, f::NumberRange},
    {"hash", "<xs:s>", 2, f::Hash},
    {"random", "<n?:n>", 1, f::SeededRandom},
    {"uuid", "<:s>", 0, f::Uuid},
    {"parse", "<s-:x>", 1, f::Parse},
};

class Table {
 public:
  Table() {
    AddAll(kCommon, &reference_);
    step_functions_ = reference_;
    AddAll(kReferenceOnly, &reference_);
    AddAll(kStepFunctionsOnly, &step_functions_);
  }

  const Builtin* Find(std::string_view name, Library library) const {
    const auto& functions = library == Library::kReference ? reference_ : step_functions_;
    const auto found = functions.find(name);
    return found == functions.end() ? nullptr : &found->second;
  }

 private:
  using Functions = std::map<std::string, Builtin, std::less<>>;

  void AddAll(std::span<const Builtin> builtins, Functions* functions) {
    for (Builtin builtin : builtins) {
      auto parsed = Signature::Parse(builtin.signature_text);
      auto* signature = std::get_if<std::unique_ptr<const Signature>>(&parsed);
      SEGUE_CHECK(signature != nullptr);
      builtin.signature = signature->get();
      signatures_.push_back(std::move(*signature));
      functions->insert_or_assign(std::string(builtin.name), builtin);
    }
  }

  std::vector<std::unique_ptr<const Signature>> signatures_;
  Functions reference_;
  Functions step_functions_;
};

}  // namespace

const Builtin* FindBuiltin(std::string_view name, Library library) {
  static const Table table;
  return table.Find(name, library);
}

}  // namespace segue::language::jsonata

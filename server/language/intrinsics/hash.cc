#include <openssl/evp.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "server/language/intrinsics/arguments.h"
#include "server/language/intrinsics/functions.h"

namespace segue::language::intrinsics {
namespace {

constexpr std::pair<std::string_view, const EVP_MD* (*)()> kAlgorithms[] = {
    {"MD5", EVP_md5},        {"SHA-1", EVP_sha1},     {"SHA-256", EVP_sha256},
    {"SHA-384", EVP_sha384}, {"SHA-512", EVP_sha512},
};

}  // namespace

// In lower-case hexadecimal digits. What is no text is hashed as its JSON text.
Outcome<Json> Hash(Arguments arguments, Random&) {
  const std::string data = arguments[0].is_string() ? arguments[0].string() : arguments[0].Dump();
  if (CharacterCount(data) > kTextCharactersMax) {
    return Refusal("The data has more than 10000 characters.");
  }
  if (!arguments[1].is_string()) return Refusal("The algorithm must be a string.");
  const std::string& name = arguments[1].string();
  const auto* algorithm = std::find_if(std::begin(kAlgorithms), std::end(kAlgorithms),
                                       [&](const auto& entry) { return entry.first == name; });
  if (algorithm == std::end(kAlgorithms)) {
    return Refusal("The algorithm must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512, not '" + name +
                   "'.");
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(data.data(), data.size(), digest, &size, algorithm->second(), nullptr) != 1) {
    // A FIPS build of the library refuses MD5.
    return Refusal("The algorithm '" + name + "' is not available.");
  }
  return Json(
      absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size)));
}

}  // namespace segue::language::intrinsics

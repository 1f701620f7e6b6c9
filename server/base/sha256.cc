#include "server/base/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "absl/strings/escaping.h"
#include "server/base/check.h"

namespace segue {
namespace {

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string BytesOf(const Digest& digest, unsigned int size) {
  return std::string(reinterpret_cast<const char*>(digest.data()), size);
}

}  // namespace

std::string HexSha256(std::string_view text) {
  Digest digest{};
  unsigned int size = 0;
  SEGUE_CHECK(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) ==
              1);
  return absl::BytesToHexString(BytesOf(digest, size));
}

std::string HmacSha256(std::string_view key, std::string_view text) {
  Digest digest{};
  unsigned int size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  SEGUE_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(),
                   digest.data(), &size) != nullptr);
  return BytesOf(digest, size);
}

}  // namespace segue

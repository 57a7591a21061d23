#include "umbra/base/keyed_hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "umbra/base/check.h"

namespace umbra {

std::string keyed_hash(std::string_view key, std::string_view value) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(value.data());
  // HMAC takes a null pointer for a missing key, not for an empty one.
  UMBRA_CHECK(HMAC(EVP_sha256(), key.empty() ? "" : key.data(), static_cast<int>(key.size()), bytes,
                   value.size(), digest.data(), &size) != nullptr);
  constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (size_t i = 0; i < 16; ++i) hex += {digits[digest[i] >> 4], digits[digest[i] & 15]};
  return hex;
}

bool equal_secrets(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace umbra

#include "server/base/random.h"

#include <cinttypes>
#include <cstdio>

namespace segue {
namespace {

// The bits that say version and variant (RFC 9562, sections 4.1 and 4.2) replace what is there.
std::string UuidText(uint64_t high, uint64_t low, uint64_t version) {
  high = (high & ~uint64_t{0xf000}) | (version << 12);
  low = (low & ~(uint64_t{3} << 62)) | (uint64_t{2} << 62);
  char text[37];
  std::snprintf(text, sizeof text,
                "%08" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%012" PRIx64, high >> 32,
                (high >> 16) & 0xffff, high & 0xffff, low >> 48, low & 0xffffffffffffu);
  return text;
}

}  // namespace

uint64_t Random::Next() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

uint64_t Random::Below(uint64_t bound) {
  if (bound == 0) return 0;
  return static_cast<uint64_t>((static_cast<unsigned __int128>(Next()) * bound) >> 64);
}

double Random::Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

std::string Random::Uuid() {
  const uint64_t high = Next();
  return UuidText(high, Next(), /*version=*/4);
}

std::string Random::TimedUuid(int64_t unix_millis) {
  const uint64_t high = (static_cast<uint64_t>(unix_millis) << 16) | (Next() & 0xffff);
  return UuidText(high, Next(), /*version=*/7);
}

}  // namespace segue

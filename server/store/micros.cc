#include "server/store/micros.h"

#include <limits>

namespace segue::store {
namespace {

constexpr int64_t kPast = std::numeric_limits<int64_t>::min();
constexpr int64_t kFuture = std::numeric_limits<int64_t>::max();

}  // namespace

int64_t FloorMicros(absl::Time time) { return absl::ToUnixMicros(time); }

int64_t CeilMicros(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  if (micros == kPast || micros == kFuture) return micros;
  return absl::FromUnixMicros(micros) < time ? micros + 1 : micros;
}

absl::Time TimeFromMicros(int64_t micros) {
  if (micros == kPast) return absl::InfinitePast();
  if (micros == kFuture) return absl::InfiniteFuture();
  return absl::FromUnixMicros(micros);
}

}  // namespace segue::store

#pragma once

#include <cstdint>

#include "server/base/json.h"

namespace segue {

// Bytes of a value's compact JSON text, escapes aside; counts no further than just beyond `max`.
int64_t SizeUpTo(const Json& value, int64_t max);

}  // namespace segue

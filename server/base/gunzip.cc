#include "server/base/gunzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"

namespace segue {
namespace {

absl::Status Damaged() { return absl::InvalidArgumentError("the gzip data is damaged"); }

// Gives the stream more of `data`, whose rest may be larger than zlib counts at once.
void Feed(z_stream& stream, std::string_view& data) {
  constexpr size_t kMax = std::numeric_limits<uInt>::max();
  const size_t size = std::min(data.size(), kMax);
  // zlib does not write to its input.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(data.data()));
  stream.avail_in = static_cast<uInt>(size);
  data.remove_prefix(size);
}

}  // namespace

bool IsGzip(std::string_view data) { return data.starts_with("\x1f\x8b"); }

absl::StatusOr<std::string> Gunzip(std::string_view data, int64_t bytes_max) {
  z_stream stream = {};
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  if (inflateInit2(&stream, kGzipOnly) != Z_OK) return absl::InternalError("zlib cannot start");
  const absl::Cleanup end = [&stream] { inflateEnd(&stream); };
  std::string text;
  std::array<char, 64 * 1024> part;
  while (true) {
    if (stream.avail_in == 0) Feed(stream, data);
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = part.size();
    const int result = inflate(&stream, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END) return Damaged();
    text.append(part.data(), part.size() - stream.avail_out);
    if (static_cast<int64_t>(text.size()) > bytes_max) {
      return absl::ResourceExhaustedError("the gzip data holds too much");
    }
    const bool at_end = stream.avail_in == 0 && data.empty();
    if (result != Z_STREAM_END) continue;
    if (at_end) return text;
    if (inflateReset(&stream) != Z_OK) return Damaged();
  }
}

}  // namespace segue

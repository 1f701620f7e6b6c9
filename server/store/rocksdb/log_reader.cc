#include "server/store/rocksdb/log_reader.h"

#include <algorithm>
#include <boost/crc.hpp>
#include <memory>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "server/store/rocksdb/status.h"

namespace segue::store::rocks {
namespace {

constexpr size_t kBlock = 32 << 10;
constexpr size_t kHeader = 4 + 2 + 1;  // checksum, length, type

enum class Part : uint8_t { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

uint32_t Little(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = bytes.size(); i > 0; --i) value = value << 8 | static_cast<uint8_t>(bytes[i - 1]);
  return value;
}

// CRC-32C, rotated and moved as RocksDB stores it.
uint32_t Checksum(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  const auto sum = static_cast<uint32_t>(crc.checksum());
  return (sum >> 15 | sum << 17) + 0xA282EAD8;
}

// Walks over the blocks of a file.
class Walk {
 public:
  // Takes the parts of one block, the next of the file; false once no record can follow.
  bool Take(std::string_view block) {
    size_t at = 0;
    while (block.size() - at >= kHeader) {
      const size_t length = Little(block.substr(at + 4, 2));
      if (length > block.size() - at - kHeader) return false;
      const std::string_view part = block.substr(at + 6, 1 + length);
      if (Little(block.substr(at, 4)) != Checksum(part)) return false;
      at += kHeader + length;
      const auto type = static_cast<Part>(part[0]);
      if (type != Part::kFirst && type != Part::kMiddle) readable_ = before_ + at;
    }
    before_ += block.size();
    return block.size() == kBlock;
  }

  // Up to the end of the last whole record.
  uint64_t readable() const { return readable_; }

 private:
  uint64_t before_ = 0;
  uint64_t readable_ = 0;
};

}  // namespace

absl::StatusOr<uint64_t> ReadableLogBytes(::rocksdb::Env* env, const std::string& path,
                                          uint64_t limit) {
  std::unique_ptr<::rocksdb::SequentialFile> file;
  auto read = env->NewSequentialFile(path, &file, ::rocksdb::EnvOptions());
  Walk walk;
  std::string buffer(kBlock, '\0');
  while (read.ok() && walk.readable() < limit) {
    ::rocksdb::Slice block;
    read = file->Read(kBlock, &block, buffer.data());
    if (!read.ok() || !walk.Take({block.data(), block.size()})) break;
  }
  if (!read.ok()) return ToStatus(read, absl::StrCat("reading ", path));
  return walk.readable();
}

}  // namespace segue::store::rocks

#include "server/base/gunzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

namespace segue {
namespace {

std::string Gzip(std::string text) {
  z_stream stream = {};
  constexpr int kAsGzip = 16 + MAX_WBITS;
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, kAsGzip, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

constexpr int64_t kMax = 1 << 20;

TEST(Gunzip, GivesBackWhatWasPacked) {
  const std::string large(300'000, 'x');
  for (const std::string& text : {std::string(), std::string("id,name\n1,a\n"), large}) {
    const std::string packed = Gzip(text);
    EXPECT_TRUE(IsGzip(packed));
    const auto unpacked = Gunzip(packed, kMax);
    ASSERT_TRUE(unpacked.ok()) << unpacked.status();
    EXPECT_EQ(*unpacked, text);
  }
}

TEST(Gunzip, ReadsAllMembers) {
  const auto unpacked = Gunzip(Gzip("a\n") + Gzip("b\n"), kMax);
  ASSERT_TRUE(unpacked.ok()) << unpacked.status();
  EXPECT_EQ(*unpacked, "a\nb\n");
}

TEST(Gunzip, RefusesWhatIsDamagedOrTooMuch) {
  EXPECT_FALSE(IsGzip("id,name"));
  const std::string packed = Gzip(std::string(100, 'x'));
  EXPECT_TRUE(absl::IsInvalidArgument(Gunzip("id,name", kMax).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Gunzip("", kMax).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Gunzip(packed + "rest", kMax).status()));
  for (size_t size = 0; size < packed.size(); ++size) {
    EXPECT_TRUE(absl::IsInvalidArgument(Gunzip(packed.substr(0, size), kMax).status())) << size;
  }
  EXPECT_TRUE(absl::IsResourceExhausted(Gunzip(packed, 99).status()));
}

}  // namespace
}  // namespace segue

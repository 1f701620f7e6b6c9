#include "server/base/json_size.h"

#include <cstddef>

namespace segue {
namespace {

class Meter {
 public:
  explicit Meter(int64_t max) : max_(max) {}

  int64_t size() const { return size_; }

  // False as soon as there is too much.
  bool Count(const Json& value) {
    switch (value.kind()) {
      case Json::Kind::kNull:
      case Json::Kind::kBool:
        return Add(4);
      case Json::Kind::kInt:
      case Json::Kind::kDouble:
        return Add(value.Dump().size());
      case Json::Kind::kString:
        return Add(value.string().size() + 2);
      case Json::Kind::kArray:
        if (!Add(value.array().size() + 1)) return false;
        for (const Json& element : value.array()) {
          if (!Count(element)) return false;
        }
        return true;
      case Json::Kind::kObject:
        if (!Add(value.object().size() + 1)) return false;
        for (const auto& [name, member] : value.object()) {
          if (!Add(name.size() + 3) || !Count(member)) return false;
        }
        return true;
    }
    return true;
  }

 private:
  bool Add(size_t bytes) {
    size_ += static_cast<int64_t>(bytes);
    return size_ <= max_;
  }

  const int64_t max_;
  int64_t size_ = 0;
};

}  // namespace

int64_t SizeUpTo(const Json& value, int64_t max) {
  Meter meter(max);
  meter.Count(value);
  return meter.size();
}

}  // namespace segue

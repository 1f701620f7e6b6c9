#pragma once

#include <prometheus/family.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/mutex.h"

namespace segue::observability {

// The series of one metric by the values of its N labels: found without making a label map each
// time, and bounded in number.
//
// Threads: any.
template <typename Metric, size_t N>
class Series {
 public:
  using Names = std::array<const char*, N>;
  using Values = std::array<std::string_view, N>;

  // `arguments` are those of the metric's constructor (a histogram's bounds).
  template <typename... Arguments>
  Series(prometheus::Family<Metric>& family, Names names, size_t series_max, Arguments... arguments)
      : names_(names),
        series_max_(series_max),
        add_([&family, arguments...](auto& labels) -> Metric& {
          return family.Add(labels, arguments...);
        }) {}

  Metric& With(Values values) {
    const std::string key =
        absl::StrJoin(values, "\x1f", [](std::string* out, auto value) { out->append(value); });
    {
      MutexLock lock(&mutex_);
      const auto found = series_.find(key);
      if (found != series_.end()) return *found->second;
    }
    MutexLock lock(&mutex_);
    if (series_.size() >= series_max_) values.fill("other");
    std::map<std::string, std::string> labels;
    for (size_t i = 0; i < N; ++i) labels[names_[i]] = std::string(values[i]);
    Metric& metric = add_(labels);
    if (series_.size() < series_max_) series_.emplace(key, &metric);
    return metric;
  }

 private:
  const Names names_;
  const size_t series_max_;
  std::function<Metric&(const std::map<std::string, std::string>&)> add_;
  Mutex mutex_;
  absl::flat_hash_map<std::string, Metric*> series_;
};

}  // namespace segue::observability

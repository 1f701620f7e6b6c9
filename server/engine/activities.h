#pragma once

#include <string_view>

namespace segue::engine {

// Which activities there are: what the host alone knows. A task on one that does not exist fails
// when it begins. Threads: any.
class Activities {
 public:
  virtual ~Activities() = default;
  virtual bool Has(std::string_view arn) const = 0;
};

}  // namespace segue::engine

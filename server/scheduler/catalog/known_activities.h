#pragma once

#include <optional>
#include <string_view>

#include "server/engine/activities.h"
#include "server/scheduler/catalog/arn.h"
#include "server/scheduler/catalog/book.h"
#include "server/scheduler/catalog/state_machine.h"

namespace segue::scheduler {

// The activities of the Step Functions API, to the engine. Borrows the book.
class KnownActivities final : public engine::Activities {
 public:
  explicit KnownActivities(const Book<Activity>& book) : book_(book) {}
  bool Has(std::string_view arn) const override {
    const std::optional<Arn> parsed = ParseArn(arn);
    return parsed && book_.Find(parsed->workflow) != nullptr;
  }

 private:
  const Book<Activity>& book_;
};

}  // namespace segue::scheduler

#include "tests/simulation/states_book.h"

#include <algorithm>
#include <utility>

namespace segue::simulation {

size_t MachineBook::OnSent(std::string definition) {
  sent_.push_back({.definition = std::move(definition), .sent = Moment()});
  return sent_.size() - 1;
}

void MachineBook::OnAcknowledged(size_t number) {
  sent_[number].acknowledged = Moment();
  ++acknowledged_;
}

bool MachineBook::IsOvertaken(const Sent& sent, int64_t moment) const {
  return sent.acknowledged && std::ranges::any_of(sent_, [&](const Sent& other) {
           return other.sent > *sent.acknowledged && other.acknowledged &&
                  *other.acknowledged < moment;
         });
}

bool MachineBook::MayHave(const std::string& definition, int64_t moment) const {
  return std::ranges::any_of(sent_, [&](const Sent& sent) {
    return sent.definition == definition && !sent.refused && !IsOvertaken(sent, moment);
  });
}

bool MachineBook::MayHaveOther(const std::string& definition, int64_t moment) const {
  return std::ranges::any_of(sent_, [&](const Sent& sent) {
    return sent.definition != definition && !sent.refused && !IsOvertaken(sent, moment);
  });
}

size_t StatesBook::AddStart(Start start) {
  starts_by_arn.emplace(start.arn, starts.size());
  starts.push_back(std::move(start));
  return starts.size() - 1;
}

}  // namespace segue::simulation

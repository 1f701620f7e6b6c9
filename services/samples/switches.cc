#include "services/samples/switches.h"

#include <string_view>

#include "absl/strings/str_cat.h"

namespace segue::samples {
namespace {

absl::Status ReadRate(const Json& behaviour, std::string_view name, double& rate) {
  const Json* value = behaviour.Find(name);
  if (value == nullptr) return absl::OkStatus();
  if (!value->is_number() || value->number() < 0 || value->number() > 1) {
    return absl::InvalidArgumentError(absl::StrCat(std::string(name), ": a number from 0 to 1"));
  }
  rate = value->number();
  return absl::OkStatus();
}

}  // namespace

absl::Status Switches::Set(const std::string& service, const Json& behaviour) {
  Behaviour read;
  if (const Json* latency = behaviour.Find("latency_ms")) {
    const bool pair = latency->is_array() && latency->array().size() == 2 &&
                      latency->array()[0].is_number() && latency->array()[1].is_number();
    if (!pair) return absl::InvalidArgumentError("latency_ms: [least, most]");
    read.latency_min = absl::Milliseconds(latency->array()[0].number());
    read.latency_max = absl::Milliseconds(latency->array()[1].number());
  }
  absl::Status status = ReadRate(behaviour, "failure_rate", read.failure_rate);
  if (status.ok()) status = ReadRate(behaviour, "lost_rate", read.lost_rate);
  if (!status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  behaviours_[service] = read;
  return absl::OkStatus();
}

Switches::Fate Switches::Draw(const std::string& service) {
  absl::MutexLock lock(&mutex_);
  const Behaviour& behaviour = behaviours_[service];
  Fate fate;
  fate.latency =
      behaviour.latency_min + (behaviour.latency_max - behaviour.latency_min) * random_.Uniform();
  const double draw = random_.Uniform();
  if (draw < behaviour.failure_rate) {
    fate.outcome = Fate::Outcome::kFails;
  } else if (draw < behaviour.failure_rate + behaviour.lost_rate) {
    fate.outcome = Fate::Outcome::kLosesAnswer;
  }
  return fate;
}

}  // namespace segue::samples

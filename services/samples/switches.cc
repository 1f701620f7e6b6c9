#include "services/samples/switches.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace segue::samples {
namespace {

constexpr double kMillisMax = 3'600'000;

absl::Status Fault(std::string_view name, const char* expected) {
  return absl::InvalidArgumentError(absl::StrCat(std::string(name), ": ", expected));
}

absl::Status ReadRate(const Json& value, std::string_view name, double& rate) {
  if (!value.is_number() || value.number() < 0 || value.number() > 1) {
    return Fault(name, "a number from 0 to 1");
  }
  rate = value.number();
  return absl::OkStatus();
}

absl::Status ReadMillis(const Json& value, std::string_view name, absl::Duration& duration) {
  if (!value.is_number() || value.number() < 0 || value.number() > kMillisMax) {
    return Fault(name, "milliseconds, up to an hour");
  }
  duration = absl::Milliseconds(value.number());
  return absl::OkStatus();
}

absl::Status ReadLatency(const Json& value, Behaviour& behaviour) {
  const bool list = value.is_array() && !value.array().empty() && value.array().size() <= 2;
  const Json& least = list ? value.array().front() : value;
  const Json& most = list ? value.array().back() : value;
  absl::Status status = ReadMillis(least, "latency_ms", behaviour.latency_min);
  if (status.ok()) status = ReadMillis(most, "latency_ms", behaviour.latency_max);
  if (status.ok() && behaviour.latency_min > behaviour.latency_max) {
    return Fault("latency_ms", "[least, most]");
  }
  return status;
}

absl::Status ReadMember(std::string_view name, const Json& value, Behaviour& behaviour) {
  if (name == "latency_ms") return ReadLatency(value, behaviour);
  if (name == "failure_rate") return ReadRate(value, name, behaviour.failure_rate);
  if (name == "lost_rate") return ReadRate(value, name, behaviour.lost_rate);
  if (name == "push_back_rate") return ReadRate(value, name, behaviour.push_back_rate);
  if (name == "retry_after_ms") return ReadMillis(value, name, behaviour.retry_after);
  if (name == "fail_first") {
    if (!value.is_int() || value.int_value() < 0 || value.int_value() > 1000) {
      return Fault(name, "a whole number from 0 to 1000");
    }
    behaviour.fail_first = static_cast<int>(value.int_value());
    return absl::OkStatus();
  }
  if (name == "failure_code") {
    const auto code = value.is_string() ? CodeNamed(value.string()) : std::nullopt;
    if (!code || *code == absl::StatusCode::kOk) return Fault(name, "a gRPC code: \"UNAVAILABLE\"");
    behaviour.failure_code = *code;
    return absl::OkStatus();
  }
  return Fault(name, "no such switch");
}

// The same numbers for a name and seed on every machine, which std::hash does not promise.
uint64_t SeedOf(const std::string& name, uint64_t seed) {
  for (const char c : name) seed = Random(seed ^ static_cast<unsigned char>(c)).Next();
  return seed;
}

}  // namespace

std::optional<absl::StatusCode> CodeNamed(std::string_view name) {
  for (int code = 0; code <= static_cast<int>(absl::StatusCode::kUnauthenticated); ++code) {
    const auto value = static_cast<absl::StatusCode>(code);
    if (absl::StatusCodeToString(value) == name) return value;
  }
  return std::nullopt;
}

absl::StatusOr<Behaviour> ReadBehaviour(const Json& json) {
  if (!json.is_object()) return absl::InvalidArgumentError("a behaviour is a JSON object");
  Behaviour behaviour;
  for (const auto& [name, value] : json.object()) {
    if (absl::Status status = ReadMember(name, value, behaviour); !status.ok()) return status;
  }
  if (behaviour.failure_rate + behaviour.lost_rate + behaviour.push_back_rate > 1) {
    return absl::InvalidArgumentError("the three rates come to more than 1");
  }
  return behaviour;
}

Json ToJson(const Behaviour& behaviour) {
  const auto millis = [](absl::Duration duration) { return absl::ToDoubleMilliseconds(duration); };
  return Json::Of(
      {{"latency_ms", Json::List({millis(behaviour.latency_min), millis(behaviour.latency_max)})},
       {"failure_rate", behaviour.failure_rate},
       {"failure_code", absl::StatusCodeToString(behaviour.failure_code)},
       {"fail_first", behaviour.fail_first},
       {"lost_rate", behaviour.lost_rate},
       {"push_back_rate", behaviour.push_back_rate},
       {"retry_after_ms", millis(behaviour.retry_after)}});
}

Switches::Service& Switches::Find(const std::string& service) {
  return services_.try_emplace(service, SeedOf(service, seed_)).first->second;
}

void Switches::Set(const std::string& service, const Behaviour& behaviour) {
  MutexLock lock(&mutex_);
  Find(service).state.behaviour = behaviour;
}

Switches::Fate Switches::Begin(const std::string& name, const std::string& key) {
  MutexLock lock(&mutex_);
  Service& service = Find(name);
  State& state = service.state;
  const Behaviour& behaviour = state.behaviour;
  ++state.calls;
  state.in_flight_max = std::max(state.in_flight_max, ++state.in_flight);
  Fate fate{.code = behaviour.failure_code, .retry_after = behaviour.retry_after};
  fate.latency = behaviour.latency_min +
                 (behaviour.latency_max - behaviour.latency_min) * service.random.Uniform();
  // Drawn in any case, so that a service's numbers do not depend on its settings.
  double draw = service.random.Uniform();
  if (behaviour.fail_first > 0 && service.failed_of_key[key] < behaviour.fail_first) {
    ++service.failed_of_key[key];
    fate.outcome = Fate::Outcome::kFails;
    return fate;
  }
  using enum Fate::Outcome;
  for (const auto& [rate, outcome] :
       {std::pair{behaviour.failure_rate, kFails}, std::pair{behaviour.lost_rate, kLosesAnswer},
        std::pair{behaviour.push_back_rate, kPushesBack}}) {
    if (draw < rate) {
      fate.outcome = outcome;
      break;
    }
    draw -= rate;
  }
  return fate;
}

void Switches::End(const std::string& service) {
  MutexLock lock(&mutex_);
  --Find(service).state.in_flight;
}

std::map<std::string, Switches::State> Switches::Read() const {
  MutexLock lock(&mutex_);
  std::map<std::string, State> states;
  for (const auto& [name, service] : services_) states.emplace(name, service.state);
  return states;
}

void Switches::ResetCounts() {
  MutexLock lock(&mutex_);
  for (auto& [name, service] : services_) {
    service.state.calls = 0;
    service.state.in_flight_max = service.state.in_flight;
    service.failed_of_key.clear();
  }
}

}  // namespace segue::samples

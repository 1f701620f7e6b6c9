#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace segue::simulation {

// A state machine that was made through the Step Functions API: the definitions that were sent for
// it, and which of them it may have.
class MachineBook {
 public:
  // A definition goes out: its number.
  size_t OnSent(std::string definition);
  void OnAcknowledged(size_t number);
  // It has another, and did not take this one.
  void OnRefused(size_t number) { sent_[number].refused = true; }
  bool exists() const { return acknowledged_ > 0; }
  // The last one that was sent; empty: none was.
  std::string newest() const { return sent_.empty() ? "" : sent_.back().definition; }
  // The moment of a question, to hold its answer against.
  int64_t Moment() { return ++moments_; }
  // Whether it may have had that definition at some time after `moment`.
  bool MayHave(const std::string& definition, int64_t moment) const;
  // Whether it may have had any other.
  bool MayHaveOther(const std::string& definition, int64_t moment) const;

 private:
  struct Sent {
    std::string definition;
    int64_t sent = 0;
    std::optional<int64_t> acknowledged;
    bool refused = false;
  };
  // One that was sent after it was acknowledged was acknowledged before `moment`.
  bool IsOvertaken(const Sent& sent, int64_t moment) const;

  std::vector<Sent> sent_;
  int64_t moments_ = 0;
  int64_t acknowledged_ = 0;
};

// What all clients know together by what the Step Functions API has told them.
struct StatesBook {
  // A StartExecution under a name.
  struct Start {
    std::string machine;
    std::string name;
    std::string input;  // as it was sent first
    std::string id;
    std::string arn;
    std::optional<double> start_date;  // once it was acknowledged
  };
  std::vector<Start> starts;
  std::map<std::string, size_t> starts_by_arn;
  std::map<std::string, MachineBook> machines;  // by name
  // Redrives that were acknowledged, by ARN and token: their dates, in seconds.
  std::map<std::pair<std::string, std::string>, double> redrives;

  size_t AddStart(Start start);
};

}  // namespace segue::simulation

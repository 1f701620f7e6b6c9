#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/connector/connector.h"
#include "tests/simulation/model.h"

namespace segue::simulation {

// Tasks whose result others bring: what services and workers know of those they were given. It is
// theirs, and outlives every server.
class TokenBook {
 public:
  struct TaskInHand {
    std::string token;
    std::string key;
    int attempt = 0;
    std::string service;  // "s0", or what a worker pulled
    Json arguments;
    std::string execution;
    bool settled = false;  // nobody waits for it any more
    ModelCall AsModelCall() const;
  };

  // A call that brought a token; one that was made again brings the same.
  void Add(const services::Call& call, const std::string& service);
  const std::vector<TaskInHand>& tasks() const { return tasks_; }
  void Settle(size_t task) { tasks_[task].settled = true; }
  // The first that may still be waited for, from `from` on; tasks().size() where there is none.
  size_t FindOpen(size_t from) const;

 private:
  std::vector<TaskInHand> tasks_;
};

// "execution/branch/state/visit": the state's name.
std::string StateOfKey(const std::string& idempotency_key);
// What the name of that state says (workflow_generator.h).
bool IsPredictable(const std::string& idempotency_key);
bool IsExpress(const std::string& idempotency_key);

}  // namespace segue::simulation

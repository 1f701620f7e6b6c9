#include "tests/simulation/token_book.h"

#include "absl/strings/str_split.h"
#include "tests/simulation/workflow_generator.h"

namespace segue::simulation {

std::string StateOfKey(const std::string& idempotency_key) {
  const std::vector<std::string> parts = absl::StrSplit(idempotency_key, '/');
  return parts.at(2);
}

bool IsPredictable(const std::string& idempotency_key) {
  return StateOfKey(idempotency_key).front() == kPredictableState;
}

bool IsExpress(const std::string& idempotency_key) {
  return StateOfKey(idempotency_key)[1] == kExpressState;
}

ModelCall TokenBook::TaskInHand::AsModelCall() const {
  return {.state = StateOfKey(key),
          .service = service,
          .arguments = arguments,
          .attempt = attempt,
          .heartbeat = false,
          .by_token = true};
}

void TokenBook::Add(const services::Call& call, const std::string& service) {
  for (const TaskInHand& there : tasks_) {
    if (there.token == call.task_token) return;
  }
  tasks_.push_back({.token = call.task_token,
                    .key = call.idempotency_key,
                    .attempt = call.attempt,
                    .service = service,
                    .arguments = call.arguments,
                    .execution = call.execution_id});
}

size_t TokenBook::FindOpen(size_t from) const {
  while (from < tasks_.size() && tasks_[from].settled) ++from;
  return from;
}

}  // namespace segue::simulation

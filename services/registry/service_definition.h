#pragma once

#include <memory>
#include <optional>
#include <string>

#include "services/budget/admission.h"
#include "services/budget/budget.h"
#include "services/connector/connector.h"

namespace segue::services {

// The service behind arn:aws:states:::http:invoke.
inline constexpr char kHttpInvokeService[] = "http-invoke";

// The service behind worker:<task type> and activities that have none of their own
// ("worker:<task type>", "activity:<name>").
inline constexpr char kWorkerService[] = "worker";
inline constexpr char kActivityService[] = "activity";
// The service behind lambda:invoke and function ARNs.
inline constexpr char kLambdaService[] = "lambda";

// The error of an attempt whose service is not configured (any more).
inline constexpr char kUnknownServiceError[] = "Segue.UnknownService";

enum class ConnectorKind { kGrpc, kHttp, kWorker, kLambda };

// Whether a push-back holds up all attempts of the service. Not for http-invoke: it calls many
// hosts, and one of them must not stop the others.
enum class PushBackPolicy { kHonour, kIgnore };

// A service as the configuration has it.
struct ServiceDefinition {
  std::string name;
  ConnectorKind kind = ConnectorKind::kGrpc;
  std::string address;  // for people
  std::shared_ptr<Connector> connector;
  BudgetLimits budget;
  PushBackPolicy push_back = PushBackPolicy::kHonour;
};

// A service as it is now.
struct ServiceInfo {
  std::string name;
  ConnectorKind kind = ConnectorKind::kGrpc;
  std::string address;
  BudgetLimits budget;
  Admission::Usage usage;
  std::string etag;  // follows from the budget: the same budget has the same etag, always
};

// A budget that was set at run time. It stands above the configured one for as long as that is
// what it was when the change was made.
struct BudgetOverride {
  std::string service;
  BudgetLimits budget;
  BudgetLimits configured;

  friend bool operator==(const BudgetOverride&, const BudgetOverride&) = default;
};

}  // namespace segue::services

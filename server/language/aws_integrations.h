#pragma once

#include <string_view>

namespace segue::language {

// How `arn:aws:states:::<service>:<action>` may complete.
struct AwsIntegration {
  bool sync = false;
  bool sync2 = false;
  bool task_token = false;
};

// The optimised integration of that name; nullptr where AWS has none (Developer Guide, "Integrating
// optimized services"). What is not here is reached as aws-sdk:<service>:<action>.
const AwsIntegration* FindAwsIntegration(std::string_view service, std::string_view action);

}  // namespace segue::language

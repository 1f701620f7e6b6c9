#pragma once

#include <string>

#include "absl/time/time.h"
#include "services/connector/http/http_engine.h"

namespace segue::services {

// Who signs, and for which service of which region.
struct AwsSigner {
  std::string access_key_id;  // empty: nothing is signed
  std::string secret_access_key;
  std::string session_token;  // of temporary credentials; may be empty
  std::string region = "us-east-1";
  std::string service;  // "lambda", "s3"
};

// Adds X-Amz-Date, X-Amz-Content-Sha256 and Authorization (AWS Signature Version 4:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). The
// request's path and query are signed as they stand, so they have to be percent-encoded already,
// and the query sorted. Does nothing without an access key.
void Sign(const AwsSigner& signer, absl::Time now, HttpRequest& request);

}  // namespace segue::services

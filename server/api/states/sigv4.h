#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/api/states/api_error.h"
#include "server/api/states/http_server.h"

namespace segue::api::states {

// Who may call: access key ids and their secrets.
struct AccessKeys {
  std::map<std::string, std::string> secrets;
};

// Verifies AWS Signature Version 4 of a request, in its Authorization header
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
// Nothing where it is right. The region and service that it names are its signer's: any do. Pure.
// Errors: MissingAuthenticationTokenException, IncompleteSignatureException,
// UnrecognizedClientException (an unknown key), InvalidSignatureException (another signature, or a
// clock that is more than five minutes away).
std::optional<ApiError> VerifySignature(const HttpRequest& request, const AccessKeys& keys,
                                        absl::Time now);

// What is signed, for its tests.
// `signed_headers`: lower case, in the order in which the signer has put them.
std::string CanonicalRequest(const HttpRequest& request,
                             const std::vector<std::string>& signed_headers);

}  // namespace segue::api::states

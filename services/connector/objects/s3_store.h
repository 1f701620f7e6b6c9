#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "services/connector/aws/sigv4.h"
#include "services/connector/http/http_engine.h"
#include "services/connector/object_store.h"

namespace segue::services {

// S3's object API at an endpoint, path-style: GET and PUT endpoint/bucket/key, and listObjectsV2
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html). A plain HTTP server
// that knows GET will do for reading single objects. `endpoint` is a URL of CheckUrl; `engine`
// outlives it.
std::unique_ptr<ObjectStore> MakeS3Store(std::string endpoint, AwsSigner signer,
                                         HttpEngine& engine);

// The answer of listObjectsV2. Pure.
absl::StatusOr<ObjectPage> ParseListing(const std::string& xml);

}  // namespace segue::services

#pragma once

#include "server/base/json.h"
#include "services/connector/http_trace.h"

namespace segue::api::states {

// The messages of an HTTP Task as TRACE shows them: InspectionDataRequest and
// InspectionDataResponse of service-2.json, in the form of the Developer Guide's example
// (https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html). Null where
// there was none.
Json ShownRequest(const services::HttpTrace& trace);
Json ShownResponse(const services::HttpTrace& trace);

}  // namespace segue::api::states

#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/api/states/test_state/test_state.h"

// Cases of TestState: what a request is answered with.

namespace segue::api::states {

inline TestStateSetting Setting() {
  return {.now = absl::FromUnixSeconds(1'700'000'000),
          .seed = 1,
          .region = "eu-west-1",
          .account = "123456789012"};
}

// The definition and what else the request has.
inline Json Request(const std::string& definition, const std::string& more) {
  return Json::Parse(more)->With("definition", definition);
}

// The response with texts that are JSON objects or arrays as what they mean.
inline Json Read(const Json& value) {
  if (value.is_object()) {
    Json::Object members;
    for (const auto& [name, member] : value.object()) members.Set(name, Read(member));
    return Json(std::move(members));
  }
  const bool is_text = value.is_string() && !value.string().empty();
  if (!is_text || (value.string()[0] != '{' && value.string()[0] != '[')) return value;
  const absl::StatusOr<Json> read = Json::Parse(value.string());
  return read.ok() ? *read : value;
}

inline Json Response(const Json& request) {
  const ApiResult<Json> response = TestState(request, Setting());
  EXPECT_TRUE(response.ok()) << response.error().type << ": " << response.error().message;
  return response.ok() ? Read(*response) : Json();
}

struct Case {
  const char* name;
  std::string definition;
  const char* request;
  const char* response;
};

inline void Check(const Case& one) {
  SCOPED_TRACE(one.name);
  EXPECT_EQ(Response(Request(one.definition, one.request)), Json::Parse(one.response).value());
}

}  // namespace segue::api::states

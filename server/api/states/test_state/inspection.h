#pragma once

#include <string_view>

#include "server/base/json.h"
#include "server/engine/io.h"
#include "server/language/workflow.h"

namespace segue::api::states {

// Gathers what a response shows of the way that values took through a state (InspectionData of
// service-2.json).
class Inspection final : public engine::Inspector {
 public:
  explicit Inspection(const language::State& state) : state_(state) {}

  void See(engine::Filter filter, const Json& value) override;

  // A member that is a value of the workflow: its JSON text is shown.
  void SetText(std::string_view name, const Json& value) { data_.Set(name, value.Dump()); }
  // A member that is of the response itself.
  void Set(std::string_view name, Json value) { data_.Set(name, std::move(value)); }

  const Json::Object& data() const { return data_; }

 private:
  const language::State& state_;
  Json::Object data_;
};

}  // namespace segue::api::states

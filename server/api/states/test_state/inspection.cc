#include "server/api/states/test_state/inspection.h"

#include <algorithm>
#include <array>

namespace segue::api::states {
namespace {

using engine::Filter;
using language::QueryLanguage;
using language::StateType;

// Which filters AWS shows of which states [recorded]: of a Task the whole pipeline, of others parts
// of it.
struct Row {
  QueryLanguage query_language;
  StateType type;
  Filter filter;
  std::string_view name;
};
constexpr auto kShown = std::to_array<Row>({
    {QueryLanguage::kJsonPath, StateType::kTask, Filter::kInputPath, "afterInputPath"},
    {QueryLanguage::kJsonPath, StateType::kTask, Filter::kParameters, "afterParameters"},
    {QueryLanguage::kJsonPath, StateType::kTask, Filter::kResultSelector, "afterResultSelector"},
    {QueryLanguage::kJsonPath, StateType::kTask, Filter::kResultPath, "afterResultPath"},
    {QueryLanguage::kJsonPath, StateType::kPass, Filter::kInputPath, "afterInputPath"},
    {QueryLanguage::kJsonPath, StateType::kPass, Filter::kParameters, "afterParameters"},
    {QueryLanguage::kJsonPath, StateType::kPass, Filter::kResultSelector, "afterResultSelector"},
    {QueryLanguage::kJsonPath, StateType::kPass, Filter::kResultPath, "afterResultPath"},
    {QueryLanguage::kJsonPath, StateType::kMap, Filter::kInputPath, "afterInputPath"},
    {QueryLanguage::kJsonPath, StateType::kMap, Filter::kResultSelector, "afterResultSelector"},
    {QueryLanguage::kJsonPath, StateType::kMap, Filter::kResultPath, "afterResultPath"},
    {QueryLanguage::kJsonPath, StateType::kParallel, Filter::kResultSelector,
     "afterResultSelector"},
    {QueryLanguage::kJsonPath, StateType::kParallel, Filter::kResultPath, "afterResultPath"},
    {QueryLanguage::kJsonPath, StateType::kChoice, Filter::kInputPath, "afterInputPath"},
    {QueryLanguage::kJsonPath, StateType::kWait, Filter::kInputPath, "afterInputPath"},
    {QueryLanguage::kJsonPath, StateType::kSucceed, Filter::kInputPath, "afterInputPath"},
    {QueryLanguage::kJsonPath, StateType::kFail, Filter::kInputPath, "afterInputPath"},
    {QueryLanguage::kJsonata, StateType::kTask, Filter::kArguments, "afterArguments"},
    // Not recorded, but so says the API reference, InspectionData.
    {QueryLanguage::kJsonata, StateType::kParallel, Filter::kArguments, "afterArguments"},
});

}  // namespace

void Inspection::See(Filter filter, const Json& value) {
  const auto row = std::find_if(kShown.begin(), kShown.end(), [&](const Row& candidate) {
    return candidate.query_language == state_.query_language && candidate.type == state_.type &&
           candidate.filter == filter;
  });
  if (row != kShown.end()) SetText(row->name, value);
}

}  // namespace segue::api::states

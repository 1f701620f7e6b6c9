#include "server/api/states/service_model.h"

#include <algorithm>

namespace segue::api::states {
namespace {

using Kind = Shape::Kind;
using Pattern = Shape::Pattern;
using Secrecy = Shape::Secrecy;
using Need = Member::Need;

constexpr Shape kName{.kind = Kind::kString, .min = 1, .max = 80};
constexpr Shape kTagKey{.kind = Kind::kString, .min = 1, .max = 128};
constexpr Shape kTagValue{.kind = Kind::kString, .max = 256};
constexpr Member kTagMembers[] = {
    {"key", &kTagKey},
    {"value", &kTagValue},
};
constexpr Shape kTag{.kind = Kind::kStructure, .members = kTagMembers};
constexpr Shape kTagList{.kind = Kind::kList, .element = &kTag};
constexpr Shape kKmsKeyId{.kind = Kind::kString, .min = 1, .max = 2048};
constexpr Shape kKmsDataKeyReusePeriodSeconds{.kind = Kind::kInteger, .min = 60, .max = 900};
constexpr std::string_view kEncryptionTypeValues[] = {"AWS_OWNED_KEY", "CUSTOMER_MANAGED_KMS_KEY"};
constexpr Shape kEncryptionType{.kind = Kind::kString, .values = kEncryptionTypeValues};
constexpr Member kEncryptionConfigurationMembers[] = {
    {"kmsKeyId", &kKmsKeyId},
    {"kmsDataKeyReusePeriodSeconds", &kKmsDataKeyReusePeriodSeconds},
    {"type", &kEncryptionType, Need::kRequired},
};
constexpr Shape kEncryptionConfiguration{.kind = Kind::kStructure,
                                         .members = kEncryptionConfigurationMembers};
constexpr Member kCreateActivityInputMembers[] = {
    {"name", &kName, Need::kRequired},
    {"tags", &kTagList},
    {"encryptionConfiguration", &kEncryptionConfiguration},
};
constexpr Shape kCreateActivityInput{.kind = Kind::kStructure,
                                     .members = kCreateActivityInputMembers};
constexpr Shape kDefinition{
    .kind = Kind::kString, .min = 1, .max = 1048576, .secrecy = Secrecy::kSensitive};
constexpr Shape kArn{.kind = Kind::kString, .min = 1, .max = 256};
constexpr std::string_view kStateMachineTypeValues[] = {"STANDARD", "EXPRESS"};
constexpr Shape kStateMachineType{.kind = Kind::kString, .values = kStateMachineTypeValues};
constexpr std::string_view kLogLevelValues[] = {"ALL", "ERROR", "FATAL", "OFF"};
constexpr Shape kLogLevel{.kind = Kind::kString, .values = kLogLevelValues};
constexpr Shape kIncludeExecutionData{.kind = Kind::kBoolean};
constexpr Member kCloudWatchLogsLogGroupMembers[] = {
    {"logGroupArn", &kArn},
};
constexpr Shape kCloudWatchLogsLogGroup{.kind = Kind::kStructure,
                                        .members = kCloudWatchLogsLogGroupMembers};
constexpr Member kLogDestinationMembers[] = {
    {"cloudWatchLogsLogGroup", &kCloudWatchLogsLogGroup},
};
constexpr Shape kLogDestination{.kind = Kind::kStructure, .members = kLogDestinationMembers};
constexpr Shape kLogDestinationList{.kind = Kind::kList, .element = &kLogDestination};
constexpr Member kLoggingConfigurationMembers[] = {
    {"level", &kLogLevel},
    {"includeExecutionData", &kIncludeExecutionData},
    {"destinations", &kLogDestinationList},
};
constexpr Shape kLoggingConfiguration{.kind = Kind::kStructure,
                                      .members = kLoggingConfigurationMembers};
constexpr Shape kEnabled{.kind = Kind::kBoolean};
constexpr Member kTracingConfigurationMembers[] = {
    {"enabled", &kEnabled},
};
constexpr Shape kTracingConfiguration{.kind = Kind::kStructure,
                                      .members = kTracingConfigurationMembers};
constexpr Shape kPublish{.kind = Kind::kBoolean};
constexpr Shape kVersionDescription{
    .kind = Kind::kString, .max = 256, .secrecy = Secrecy::kSensitive};
constexpr Member kCreateStateMachineInputMembers[] = {
    {"name", &kName, Need::kRequired},
    {"definition", &kDefinition, Need::kRequired},
    {"roleArn", &kArn, Need::kRequired},
    {"type", &kStateMachineType},
    {"loggingConfiguration", &kLoggingConfiguration},
    {"tags", &kTagList},
    {"tracingConfiguration", &kTracingConfiguration},
    {"publish", &kPublish},
    {"versionDescription", &kVersionDescription},
    {"encryptionConfiguration", &kEncryptionConfiguration},
};
constexpr Shape kCreateStateMachineInput{.kind = Kind::kStructure,
                                         .members = kCreateStateMachineInputMembers};
constexpr Shape kAliasDescription{
    .kind = Kind::kString, .max = 256, .secrecy = Secrecy::kSensitive};
constexpr Shape kCharacterRestrictedName{
    .kind = Kind::kString, .min = 1, .max = 80, .pattern = Pattern::kRestrictedName};
constexpr Shape kVersionWeight{.kind = Kind::kInteger, .min = 0, .max = 100};
constexpr Member kRoutingConfigurationListItemMembers[] = {
    {"stateMachineVersionArn", &kArn, Need::kRequired},
    {"weight", &kVersionWeight, Need::kRequired},
};
constexpr Shape kRoutingConfigurationListItem{.kind = Kind::kStructure,
                                              .members = kRoutingConfigurationListItemMembers};
constexpr Shape kRoutingConfigurationList{
    .kind = Kind::kList, .min = 1, .max = 2, .element = &kRoutingConfigurationListItem};
constexpr Member kCreateStateMachineAliasInputMembers[] = {
    {"description", &kAliasDescription},
    {"name", &kCharacterRestrictedName, Need::kRequired},
    {"routingConfiguration", &kRoutingConfigurationList, Need::kRequired},
};
constexpr Shape kCreateStateMachineAliasInput{.kind = Kind::kStructure,
                                              .members = kCreateStateMachineAliasInputMembers};
constexpr Member kDeleteActivityInputMembers[] = {
    {"activityArn", &kArn, Need::kRequired},
};
constexpr Shape kDeleteActivityInput{.kind = Kind::kStructure,
                                     .members = kDeleteActivityInputMembers};
constexpr Member kDeleteStateMachineInputMembers[] = {
    {"stateMachineArn", &kArn, Need::kRequired},
};
constexpr Shape kDeleteStateMachineInput{.kind = Kind::kStructure,
                                         .members = kDeleteStateMachineInputMembers};
constexpr Member kDeleteStateMachineAliasInputMembers[] = {
    {"stateMachineAliasArn", &kArn, Need::kRequired},
};
constexpr Shape kDeleteStateMachineAliasInput{.kind = Kind::kStructure,
                                              .members = kDeleteStateMachineAliasInputMembers};
constexpr Shape kLongArn{.kind = Kind::kString, .min = 1, .max = 2000};
constexpr Member kDeleteStateMachineVersionInputMembers[] = {
    {"stateMachineVersionArn", &kLongArn, Need::kRequired},
};
constexpr Shape kDeleteStateMachineVersionInput{.kind = Kind::kStructure,
                                                .members = kDeleteStateMachineVersionInputMembers};
constexpr Member kDescribeActivityInputMembers[] = {
    {"activityArn", &kArn, Need::kRequired},
};
constexpr Shape kDescribeActivityInput{.kind = Kind::kStructure,
                                       .members = kDescribeActivityInputMembers};
constexpr std::string_view kIncludedDataValues[] = {"ALL_DATA", "METADATA_ONLY"};
constexpr Shape kIncludedData{.kind = Kind::kString, .values = kIncludedDataValues};
constexpr Member kDescribeExecutionInputMembers[] = {
    {"executionArn", &kArn, Need::kRequired},
    {"includedData", &kIncludedData},
};
constexpr Shape kDescribeExecutionInput{.kind = Kind::kStructure,
                                        .members = kDescribeExecutionInputMembers};
constexpr Member kDescribeMapRunInputMembers[] = {
    {"mapRunArn", &kLongArn, Need::kRequired},
};
constexpr Shape kDescribeMapRunInput{.kind = Kind::kStructure,
                                     .members = kDescribeMapRunInputMembers};
constexpr Member kDescribeStateMachineInputMembers[] = {
    {"stateMachineArn", &kArn, Need::kRequired},
    {"includedData", &kIncludedData},
};
constexpr Shape kDescribeStateMachineInput{.kind = Kind::kStructure,
                                           .members = kDescribeStateMachineInputMembers};
constexpr Member kDescribeStateMachineAliasInputMembers[] = {
    {"stateMachineAliasArn", &kArn, Need::kRequired},
};
constexpr Shape kDescribeStateMachineAliasInput{.kind = Kind::kStructure,
                                                .members = kDescribeStateMachineAliasInputMembers};
constexpr Member kDescribeStateMachineForExecutionInputMembers[] = {
    {"executionArn", &kArn, Need::kRequired},
    {"includedData", &kIncludedData},
};
constexpr Shape kDescribeStateMachineForExecutionInput{
    .kind = Kind::kStructure, .members = kDescribeStateMachineForExecutionInputMembers};
constexpr Member kGetActivityTaskInputMembers[] = {
    {"activityArn", &kArn, Need::kRequired},
    {"workerName", &kName},
};
constexpr Shape kGetActivityTaskInput{.kind = Kind::kStructure,
                                      .members = kGetActivityTaskInputMembers};
constexpr Shape kPageSize{.kind = Kind::kInteger, .min = 0, .max = 1000};
constexpr Shape kReverseOrder{.kind = Kind::kBoolean};
constexpr Shape kPageToken{.kind = Kind::kString, .min = 1, .max = 1024};
constexpr Shape kIncludeExecutionDataGetExecutionHistory{.kind = Kind::kBoolean};
constexpr Member kGetExecutionHistoryInputMembers[] = {
    {"executionArn", &kArn, Need::kRequired},
    {"maxResults", &kPageSize},
    {"reverseOrder", &kReverseOrder},
    {"nextToken", &kPageToken},
    {"includeExecutionData", &kIncludeExecutionDataGetExecutionHistory},
};
constexpr Shape kGetExecutionHistoryInput{.kind = Kind::kStructure,
                                          .members = kGetExecutionHistoryInputMembers};
constexpr Member kListActivitiesInputMembers[] = {
    {"maxResults", &kPageSize},
    {"nextToken", &kPageToken},
};
constexpr Shape kListActivitiesInput{.kind = Kind::kStructure,
                                     .members = kListActivitiesInputMembers};
constexpr std::string_view kExecutionStatusValues[] = {"RUNNING",   "SUCCEEDED", "FAILED",
                                                       "TIMED_OUT", "ABORTED",   "PENDING_REDRIVE"};
constexpr Shape kExecutionStatus{.kind = Kind::kString, .values = kExecutionStatusValues};
constexpr Shape kListExecutionsPageToken{.kind = Kind::kString, .min = 1, .max = 3096};
constexpr std::string_view kExecutionRedriveFilterValues[] = {"REDRIVEN", "NOT_REDRIVEN"};
constexpr Shape kExecutionRedriveFilter{.kind = Kind::kString,
                                        .values = kExecutionRedriveFilterValues};
constexpr Member kListExecutionsInputMembers[] = {
    {"stateMachineArn", &kArn}, {"statusFilter", &kExecutionStatus},
    {"maxResults", &kPageSize}, {"nextToken", &kListExecutionsPageToken},
    {"mapRunArn", &kLongArn},   {"redriveFilter", &kExecutionRedriveFilter},
};
constexpr Shape kListExecutionsInput{.kind = Kind::kStructure,
                                     .members = kListExecutionsInputMembers};
constexpr Member kListMapRunsInputMembers[] = {
    {"executionArn", &kArn, Need::kRequired},
    {"maxResults", &kPageSize},
    {"nextToken", &kPageToken},
};
constexpr Shape kListMapRunsInput{.kind = Kind::kStructure, .members = kListMapRunsInputMembers};
constexpr Member kListStateMachineAliasesInputMembers[] = {
    {"stateMachineArn", &kArn, Need::kRequired},
    {"nextToken", &kPageToken},
    {"maxResults", &kPageSize},
};
constexpr Shape kListStateMachineAliasesInput{.kind = Kind::kStructure,
                                              .members = kListStateMachineAliasesInputMembers};
constexpr Member kListStateMachineVersionsInputMembers[] = {
    {"stateMachineArn", &kArn, Need::kRequired},
    {"nextToken", &kPageToken},
    {"maxResults", &kPageSize},
};
constexpr Shape kListStateMachineVersionsInput{.kind = Kind::kStructure,
                                               .members = kListStateMachineVersionsInputMembers};
constexpr Member kListStateMachinesInputMembers[] = {
    {"maxResults", &kPageSize},
    {"nextToken", &kPageToken},
};
constexpr Shape kListStateMachinesInput{.kind = Kind::kStructure,
                                        .members = kListStateMachinesInputMembers};
constexpr Member kListTagsForResourceInputMembers[] = {
    {"resourceArn", &kArn, Need::kRequired},
};
constexpr Shape kListTagsForResourceInput{.kind = Kind::kStructure,
                                          .members = kListTagsForResourceInputMembers};
constexpr Shape kRevisionId{.kind = Kind::kString};
constexpr Member kPublishStateMachineVersionInputMembers[] = {
    {"stateMachineArn", &kArn, Need::kRequired},
    {"revisionId", &kRevisionId},
    {"description", &kVersionDescription},
};
constexpr Shape kPublishStateMachineVersionInput{
    .kind = Kind::kStructure, .members = kPublishStateMachineVersionInputMembers};
constexpr Shape kClientToken{
    .kind = Kind::kString, .min = 1, .max = 64, .pattern = Pattern::kVisible};
constexpr Member kRedriveExecutionInputMembers[] = {
    {"executionArn", &kArn, Need::kRequired},
    {"clientToken", &kClientToken},
};
constexpr Shape kRedriveExecutionInput{.kind = Kind::kStructure,
                                       .members = kRedriveExecutionInputMembers};
constexpr Shape kTaskToken{.kind = Kind::kString, .min = 1, .max = 2048};
constexpr Shape kSensitiveError{.kind = Kind::kString, .max = 256, .secrecy = Secrecy::kSensitive};
constexpr Shape kSensitiveCause{
    .kind = Kind::kString, .max = 32768, .secrecy = Secrecy::kSensitive};
constexpr Member kSendTaskFailureInputMembers[] = {
    {"taskToken", &kTaskToken, Need::kRequired},
    {"error", &kSensitiveError},
    {"cause", &kSensitiveCause},
};
constexpr Shape kSendTaskFailureInput{.kind = Kind::kStructure,
                                      .members = kSendTaskFailureInputMembers};
constexpr Member kSendTaskHeartbeatInputMembers[] = {
    {"taskToken", &kTaskToken, Need::kRequired},
};
constexpr Shape kSendTaskHeartbeatInput{.kind = Kind::kStructure,
                                        .members = kSendTaskHeartbeatInputMembers};
constexpr Shape kSensitiveData{
    .kind = Kind::kString, .max = 262144, .secrecy = Secrecy::kSensitive};
constexpr Member kSendTaskSuccessInputMembers[] = {
    {"taskToken", &kTaskToken, Need::kRequired},
    {"output", &kSensitiveData, Need::kRequired},
};
constexpr Shape kSendTaskSuccessInput{.kind = Kind::kStructure,
                                      .members = kSendTaskSuccessInputMembers};
constexpr Shape kTraceHeader{.kind = Kind::kString, .max = 256, .pattern = Pattern::kAscii};
constexpr Member kStartExecutionInputMembers[] = {
    {"stateMachineArn", &kArn, Need::kRequired},
    {"name", &kName},
    {"input", &kSensitiveData},
    {"traceHeader", &kTraceHeader},
};
constexpr Shape kStartExecutionInput{.kind = Kind::kStructure,
                                     .members = kStartExecutionInputMembers};
constexpr Member kStartSyncExecutionInputMembers[] = {
    {"stateMachineArn", &kArn, Need::kRequired},
    {"name", &kName},
    {"input", &kSensitiveData},
    {"traceHeader", &kTraceHeader},
    {"includedData", &kIncludedData},
};
constexpr Shape kStartSyncExecutionInput{.kind = Kind::kStructure,
                                         .members = kStartSyncExecutionInputMembers};
constexpr Member kStopExecutionInputMembers[] = {
    {"executionArn", &kArn, Need::kRequired},
    {"error", &kSensitiveError},
    {"cause", &kSensitiveCause},
};
constexpr Shape kStopExecutionInput{.kind = Kind::kStructure,
                                    .members = kStopExecutionInputMembers};
constexpr Member kTagResourceInputMembers[] = {
    {"resourceArn", &kArn, Need::kRequired},
    {"tags", &kTagList, Need::kRequired},
};
constexpr Shape kTagResourceInput{.kind = Kind::kStructure, .members = kTagResourceInputMembers};
constexpr std::string_view kInspectionLevelValues[] = {"INFO", "DEBUG", "TRACE"};
constexpr Shape kInspectionLevel{.kind = Kind::kString, .values = kInspectionLevelValues};
constexpr Shape kRevealSecrets{.kind = Kind::kBoolean};
constexpr Shape kTestStateStateName{
    .kind = Kind::kString, .min = 1, .max = 80, .secrecy = Secrecy::kSensitive};
constexpr Member kMockErrorOutputMembers[] = {
    {"error", &kSensitiveError},
    {"cause", &kSensitiveCause},
};
constexpr Shape kMockErrorOutput{.kind = Kind::kStructure, .members = kMockErrorOutputMembers};
constexpr std::string_view kMockResponseValidationModeValues[] = {"STRICT", "PRESENT", "NONE"};
constexpr Shape kMockResponseValidationMode{.kind = Kind::kString,
                                            .values = kMockResponseValidationModeValues};
constexpr Member kMockInputMembers[] = {
    {"result", &kSensitiveData},
    {"errorOutput", &kMockErrorOutput},
    {"fieldValidationMode", &kMockResponseValidationMode},
};
constexpr Shape kMockInput{.kind = Kind::kStructure, .members = kMockInputMembers};
constexpr Shape kRetrierRetryCount{.kind = Kind::kInteger, .min = 0};
constexpr Shape kMapIterationFailureCount{.kind = Kind::kInteger, .min = 0};
constexpr Member kTestStateConfigurationMembers[] = {
    {"retrierRetryCount", &kRetrierRetryCount},
    {"errorCausedByState", &kTestStateStateName},
    {"mapIterationFailureCount", &kMapIterationFailureCount},
    {"mapItemReaderData", &kSensitiveData},
};
constexpr Shape kTestStateConfiguration{.kind = Kind::kStructure,
                                        .members = kTestStateConfigurationMembers};
constexpr Member kTestStateInputMembers[] = {
    {"definition", &kDefinition, Need::kRequired},
    {"roleArn", &kArn},
    {"input", &kSensitiveData},
    {"inspectionLevel", &kInspectionLevel},
    {"revealSecrets", &kRevealSecrets},
    {"variables", &kSensitiveData},
    {"stateName", &kTestStateStateName},
    {"mock", &kMockInput},
    {"context", &kSensitiveData},
    {"stateConfiguration", &kTestStateConfiguration},
};
constexpr Shape kTestStateInput{.kind = Kind::kStructure, .members = kTestStateInputMembers};
constexpr Shape kTagKeyList{.kind = Kind::kList, .element = &kTagKey};
constexpr Member kUntagResourceInputMembers[] = {
    {"resourceArn", &kArn, Need::kRequired},
    {"tagKeys", &kTagKeyList, Need::kRequired},
};
constexpr Shape kUntagResourceInput{.kind = Kind::kStructure,
                                    .members = kUntagResourceInputMembers};
constexpr Shape kMaxConcurrency{.kind = Kind::kInteger, .min = 0};
constexpr Shape kToleratedFailurePercentage{.kind = Kind::kNumber, .min = 0, .max = 100};
constexpr Shape kToleratedFailureCount{.kind = Kind::kInteger, .min = 0};
constexpr Member kUpdateMapRunInputMembers[] = {
    {"mapRunArn", &kLongArn, Need::kRequired},
    {"maxConcurrency", &kMaxConcurrency},
    {"toleratedFailurePercentage", &kToleratedFailurePercentage},
    {"toleratedFailureCount", &kToleratedFailureCount},
};
constexpr Shape kUpdateMapRunInput{.kind = Kind::kStructure, .members = kUpdateMapRunInputMembers};
constexpr Member kUpdateStateMachineInputMembers[] = {
    {"stateMachineArn", &kArn, Need::kRequired},
    {"definition", &kDefinition},
    {"roleArn", &kArn},
    {"loggingConfiguration", &kLoggingConfiguration},
    {"tracingConfiguration", &kTracingConfiguration},
    {"publish", &kPublish},
    {"versionDescription", &kVersionDescription},
    {"encryptionConfiguration", &kEncryptionConfiguration},
};
constexpr Shape kUpdateStateMachineInput{.kind = Kind::kStructure,
                                         .members = kUpdateStateMachineInputMembers};
constexpr Member kUpdateStateMachineAliasInputMembers[] = {
    {"stateMachineAliasArn", &kArn, Need::kRequired},
    {"description", &kAliasDescription},
    {"routingConfiguration", &kRoutingConfigurationList},
};
constexpr Shape kUpdateStateMachineAliasInput{.kind = Kind::kStructure,
                                              .members = kUpdateStateMachineAliasInputMembers};
constexpr std::string_view kValidateStateMachineDefinitionSeverityValues[] = {"ERROR", "WARNING"};
constexpr Shape kValidateStateMachineDefinitionSeverity{
    .kind = Kind::kString, .values = kValidateStateMachineDefinitionSeverityValues};
constexpr Shape kValidateStateMachineDefinitionMaxResult{
    .kind = Kind::kInteger, .min = 0, .max = 100};
constexpr Member kValidateStateMachineDefinitionInputMembers[] = {
    {"definition", &kDefinition, Need::kRequired},
    {"type", &kStateMachineType},
    {"severity", &kValidateStateMachineDefinitionSeverity},
    {"maxResults", &kValidateStateMachineDefinitionMaxResult},
};
constexpr Shape kValidateStateMachineDefinitionInput{
    .kind = Kind::kStructure, .members = kValidateStateMachineDefinitionInputMembers};

struct Input {
  std::string_view operation;
  const Shape* shape;
};

// By name.
constexpr Input kInputs[] = {
    {"CreateActivity", &kCreateActivityInput},
    {"CreateStateMachine", &kCreateStateMachineInput},
    {"CreateStateMachineAlias", &kCreateStateMachineAliasInput},
    {"DeleteActivity", &kDeleteActivityInput},
    {"DeleteStateMachine", &kDeleteStateMachineInput},
    {"DeleteStateMachineAlias", &kDeleteStateMachineAliasInput},
    {"DeleteStateMachineVersion", &kDeleteStateMachineVersionInput},
    {"DescribeActivity", &kDescribeActivityInput},
    {"DescribeExecution", &kDescribeExecutionInput},
    {"DescribeMapRun", &kDescribeMapRunInput},
    {"DescribeStateMachine", &kDescribeStateMachineInput},
    {"DescribeStateMachineAlias", &kDescribeStateMachineAliasInput},
    {"DescribeStateMachineForExecution", &kDescribeStateMachineForExecutionInput},
    {"GetActivityTask", &kGetActivityTaskInput},
    {"GetExecutionHistory", &kGetExecutionHistoryInput},
    {"ListActivities", &kListActivitiesInput},
    {"ListExecutions", &kListExecutionsInput},
    {"ListMapRuns", &kListMapRunsInput},
    {"ListStateMachineAliases", &kListStateMachineAliasesInput},
    {"ListStateMachineVersions", &kListStateMachineVersionsInput},
    {"ListStateMachines", &kListStateMachinesInput},
    {"ListTagsForResource", &kListTagsForResourceInput},
    {"PublishStateMachineVersion", &kPublishStateMachineVersionInput},
    {"RedriveExecution", &kRedriveExecutionInput},
    {"SendTaskFailure", &kSendTaskFailureInput},
    {"SendTaskHeartbeat", &kSendTaskHeartbeatInput},
    {"SendTaskSuccess", &kSendTaskSuccessInput},
    {"StartExecution", &kStartExecutionInput},
    {"StartSyncExecution", &kStartSyncExecutionInput},
    {"StopExecution", &kStopExecutionInput},
    {"TagResource", &kTagResourceInput},
    {"TestState", &kTestStateInput},
    {"UntagResource", &kUntagResourceInput},
    {"UpdateMapRun", &kUpdateMapRunInput},
    {"UpdateStateMachine", &kUpdateStateMachineInput},
    {"UpdateStateMachineAlias", &kUpdateStateMachineAliasInput},
    {"ValidateStateMachineDefinition", &kValidateStateMachineDefinitionInput},
};

}  // namespace

namespace {

const Input* Find(std::string_view operation) {
  const auto* found = std::ranges::lower_bound(kInputs, operation, {}, &Input::operation);
  const bool there = found != std::end(kInputs) && found->operation == operation;
  return there ? found : nullptr;
}

}  // namespace

const Shape* InputOf(std::string_view operation) {
  const Input* found = Find(operation);
  return found == nullptr ? nullptr : found->shape;
}

std::string_view OperationText(std::string_view operation) {
  const Input* found = Find(operation);
  return found == nullptr ? std::string_view() : found->operation;
}

}  // namespace segue::api::states

#include "server/language/aws_integrations.h"

#include <algorithm>
#include <array>

namespace segue::language {
namespace {

struct Row {
  std::string_view service;
  std::string_view action;
  AwsIntegration completion;
};

constexpr AwsIntegration kPlain{};
constexpr AwsIntegration kSync{.sync = true};
constexpr AwsIntegration kToken{.task_token = true};
constexpr AwsIntegration kSyncAndToken{.sync = true, .task_token = true};

constexpr auto kRows = std::to_array<Row>({
    {"apigateway", "invoke", kToken},
    {"athena", "getQueryExecution", kPlain},
    {"athena", "getQueryResults", kPlain},
    {"athena", "startQueryExecution", kSync},
    {"athena", "stopQueryExecution", kPlain},
    {"batch", "submitJob", kSyncAndToken},
    {"bedrock", "createModelCustomizationJob", kSync},
    {"bedrock", "invokeModel", kToken},
    {"codebuild", "batchDeleteBuilds", kPlain},
    {"codebuild", "batchGetReports", kPlain},
    {"codebuild", "deleteBuildBatch", kPlain},
    {"codebuild", "retryBuildBatch", kSync},
    {"codebuild", "startBuild", kSync},
    {"codebuild", "startBuildBatch", kSync},
    {"codebuild", "stopBuild", kPlain},
    {"codebuild", "stopBuildBatch", kPlain},
    {"databrew", "startJobRun", kSync},
    {"dynamodb", "deleteItem", kPlain},
    {"dynamodb", "getItem", kPlain},
    {"dynamodb", "putItem", kPlain},
    {"dynamodb", "updateItem", kPlain},
    {"ecs", "runTask", kSyncAndToken},
    {"eks", "call", kPlain},
    {"eks", "createCluster", kSync},
    {"eks", "createFargateProfile", kSync},
    {"eks", "createNodegroup", kSync},
    {"eks", "deleteCluster", kSync},
    {"eks", "deleteFargateProfile", kSync},
    {"eks", "deleteNodegroup", kSync},
    {"eks", "runJob", kSync},
    {"elasticmapreduce", "addStep", kSync},
    {"elasticmapreduce", "cancelStep", kPlain},
    {"elasticmapreduce", "createCluster", kSync},
    {"elasticmapreduce", "modifyInstanceFleetByName", kPlain},
    {"elasticmapreduce", "modifyInstanceGroupByName", kPlain},
    {"elasticmapreduce", "setClusterTerminationProtection", kPlain},
    {"elasticmapreduce", "terminateCluster", kSync},
    {"emr-containers", "createVirtualCluster", kPlain},
    {"emr-containers", "deleteVirtualCluster", kSync},
    {"emr-containers", "startJobRun", kSync},
    {"emr-serverless", "cancelJobRun", kSync},
    {"emr-serverless", "createApplication", kSync},
    {"emr-serverless", "deleteApplication", kSync},
    {"emr-serverless", "startApplication", kSync},
    {"emr-serverless", "startJobRun", kSync},
    {"emr-serverless", "stopApplication", kSync},
    {"events", "putEvents", kToken},
    {"glue", "startJobRun", kSync},
    {"http", "invoke", kToken},  // the token is Segue's addition
    {"lambda", "invoke", kToken},
    {"mediaconvert", "createJob", kSync},
    {"s3", "getObject", kPlain},      // an ItemReader's
    {"s3", "listObjectsV2", kPlain},  // an ItemReader's
    {"s3", "putObject", kPlain},      // a ResultWriter's
    {"sagemaker", "createEndpoint", kPlain},
    {"sagemaker", "createEndpointConfig", kPlain},
    {"sagemaker", "createHyperParameterTuningJob", kSync},
    {"sagemaker", "createLabelingJob", kSync},
    {"sagemaker", "createModel", kPlain},
    {"sagemaker", "createProcessingJob", kSync},
    {"sagemaker", "createTrainingJob", kSync},
    {"sagemaker", "createTransformJob", kSync},
    {"sagemaker", "updateEndpoint", kPlain},
    {"sns", "publish", kToken},
    {"sqs", "sendMessage", kToken},
    {"states", "startExecution", {.sync = true, .sync2 = true, .task_token = true}},
});

}  // namespace

const AwsIntegration* FindAwsIntegration(std::string_view service, std::string_view action) {
  const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& candidate) {
    return candidate.service == service && candidate.action == action;
  });
  return row == kRows.end() ? nullptr : &row->completion;
}

}  // namespace segue::language

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/language/parse.h"
#include "tests/unit/definition/fault_text.h"

// Definition text -> faults. The rows are grouped by what they are about; a fault reads
// "<line>:<column> <pointer> <code> <message>".

namespace segue::language {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Matcher;

struct Row {
  std::string text;
  std::vector<std::string> faults;  // substrings, in order
};

void Check(const std::vector<Row>& rows, const ParseOptions& options = {}) {
  for (const Row& row : rows) {
    const ParseResult result = ParseWorkflow(row.text, options);
    std::vector<Matcher<std::string>> expected;
    for (const std::string& fault : row.faults) expected.push_back(HasSubstr(fault));
    EXPECT_THAT(FaultTexts(result.faults), ElementsAreArray(expected)) << row.text;
    EXPECT_EQ(result.workflow != nullptr, row.faults.empty()) << row.text;
  }
}

// A machine of one state, S; `fields` begin at column 1 of line 2.
std::string OneState(const std::string& fields) {
  return "{\"StartAt\": \"S\", \"States\": {\"S\": {\n" + fields + "}}}";
}

std::string Task(const std::string& fields) {
  return OneState("\"Type\": \"Task\", \"Resource\": \"worker:w\", \"End\": true" +
                  (fields.empty() ? "" : ",\n" + fields));
}

// A Choice with one rule, which begins at column 1 of line 2.
std::string Choice(const std::string& rule) {
  return "{\"StartAt\": \"C\", \"States\": {\"E\": {\"Type\": \"Succeed\"}, \"C\": {\"Type\": "
         "\"Choice\", \"Choices\": [\n" +
         rule + "]}}}";
}

// A Map whose own fields begin at column 1 of line 2.
std::string Map(const std::string& fields) {
  return "{\"StartAt\": \"M\", \"States\": {\"M\": {\"Type\": \"Map\", \"End\": true, "
         "\"ItemProcessor\": {\"StartAt\": \"P\", \"States\": {\"P\": {\"Type\": \"Pass\", "
         "\"End\": true}}}" +
         (fields.empty() ? "" : ",\n" + fields) + "}}}";
}

TEST(Faults, OfTheTopLevel) {
  Check(
      {
          {"{}", {"1:1  SCHEMA_VALIDATION_FAILED These fields are required: [States, StartAt]"}},
          {"[1]", {"1:1  SCHEMA_VALIDATION_FAILED Definition must be a valid JSON object"}},
          {R"({"StartAt": "S", "States": {}})", {"1:28 /States SCHEMA_VALIDATION_FAILED"}},
          {R"({"StartAt": 1, "States": {"S": {"Type": "Succeed"}}})",
           {"1:13 /StartAt SCHEMA_VALIDATION_FAILED Expected a string, but found an integer"}},
          {R"({"StartAt": "T", "States": {"S": {"Type": "Succeed"}}})",
           {"1:13 /StartAt MISSING_TRANSITION_TARGET Missing 'Next' target: T"}},
          {R"({"Version": "2.0", "TimeoutSeconds": 0, "QueryLanguage": "jq", "Extra": 1,
"StartAt": "S", "States": {"S": {"Type": "Succeed"}}})",
           {"1:13 /Version SCHEMA_VALIDATION_FAILED Value is not one of the following: [1.0]",
            "1:38 /TimeoutSeconds SCHEMA_VALIDATION_FAILED Minimum value is 1",
            "1:58 /QueryLanguage SCHEMA_VALIDATION_FAILED Value is not one of the following: "
            "[JSONPath, JSONata]",
            "1:64  SCHEMA_VALIDATION_FAILED Field 'Extra' is not supported"}},
      },
      {.format = Format::kJson});
}

TEST(Faults, OfTransitions) {
  Check({
      {R"({"StartAt": "A", "States": {
"A": {"Type": "Pass", "Next": "NOPE"},
"B": {"Type": "Pass", "End": true}}})",
       {"2:31 /States/A/Next MISSING_TRANSITION_TARGET Missing 'Next' target: NOPE",
        "3:1 /States/B MISSING_TRANSITION_TARGET State \"B\" is not reachable."}},
      // A loop that nothing ends hides what is unreachable, as with AWS.
      {R"({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"},
"B": {"Type": "Pass", "Next": "A"}, "C": {"Type": "Pass", "Next": "A"}}})",
       {"1:1  MISSING_END_STATE Workflow has no terminal state"}},
      {R"({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"},
"B": {"Type": "Pass", "Next": "A"}, "C": {"Type": "Pass", "End": true}}})",
       {"2:37 /States/C MISSING_TRANSITION_TARGET State \"C\" is not reachable."}},
      // A cycle with a way out is fine.
      {R"({"StartAt": "A", "States": {"A": {"Type": "Choice", "Default": "B", "Choices": [
{"Variable": "$.x", "IsNull": true, "Next": "A"}]}, "B": {"Type": "Succeed"}}})",
       {}},
      {OneState(R"("Type": "Pass")"),
       {
           "There should be one of the following fields: [Next, End]",
       }},
      {OneState(R"("Type": "Pass", "End": true, "Next": "S")"),
       {"1:34 /States/S SCHEMA_VALIDATION_FAILED There should only be one of the following fields: "
        "[Next, End]"}},
      {OneState(R"("Type": "Pass", "End": "true")"), {"Expected a boolean"}},
      {OneState(R"("Type": "Pass", "Next": 1)"), {"2:25 /States/S/Next"}},
  });
}

TEST(Faults, OfBlocks) {
  Check({
      {R"({"StartAt": "P", "States": {"F": {"Type": "Succeed"}, "P": {"Type": "Parallel", "Next": "F", "Branches": [
{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "F"}}},
{"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "B"}}},
[], {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}, "Type": "Pass"}]}}})",
       {"2:1 /States/P/Branches/0 MISSING_END_STATE",
        "2:59 /States/P/Branches/0/States/A/Next MISSING_TRANSITION_TARGET",
        "3:1 /States/P/Branches/1 MISSING_END_STATE",
        "4:1 /States/P/Branches/2 SCHEMA_VALIDATION_FAILED Expected an object, but found an array",
        "4:33 /States/P/Branches/3/States/A DUPLICATE_STATE_NAME Duplicate State name: A",
        "4:60 /States/P/Branches/3 SCHEMA_VALIDATION_FAILED Field 'Type' is not supported"}},
      {R"({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": []}}})",
       {"Field 'Branches' must not be empty"}},
      {"{\"StartAt\": \"" + std::string(81, 'x') + "\", \"States\": {\"" + std::string(81, 'x') +
           "\": {\"Type\": \"Succeed\"}}}",
       {"INVALID_STATE_NAME"}},
      // 80 characters, 160 bytes.
      {[] {
         std::string name;
         for (int i = 0; i < 80; ++i) name += "é";
         return "{\"StartAt\": \"" + name + "\", \"States\": {\"" + name +
                "\": {\"Type\": \"Succeed\"}}}";
       }(),
       {}},
  });
}

TEST(Faults, OfFieldsThatAStateDoesNotHave) {
  Check({
      {OneState(R"("Type": "Robot", "Next": "S")"),
       {"2:9 /States/S/Type SCHEMA_VALIDATION_FAILED Value is not one of the following: [Task, "
        "Parallel, Map, Wait, Pass, Choice, Succeed, Fail]"}},
      {OneState(R"("Type": "Graph")"), {"later version"}},
      {OneState(R"("End": true)"),
       {"1:34 /States/S SCHEMA_VALIDATION_FAILED These fields are "
        "required: [Type]"}},
      {OneState(R"("Type": "Succeed", "Retry": [], "Assign": {})"),
       {"2:20 /States/S SCHEMA_VALIDATION_FAILED Field 'Retry' is not supported",
        "2:33 /States/S SCHEMA_VALIDATION_FAILED Field 'Assign' is not supported"}},
      {OneState(R"("Type": "Pass", "End": true, "Output": 1, "Comment": 2)"),
       {"2:30 /States/S SCHEMA_VALIDATION_FAILED The QueryLanguage is set to 'JSONPath', but field "
        "'Output' is only supported for the 'JSONata' QueryLanguage",
        "2:54 /States/S/Comment SCHEMA_VALIDATION_FAILED Expected a string"}},
      {OneState(R"("Type": "Pass", "End": true, "QueryLanguage": "JSONata", "InputPath": "$")"),
       {"The QueryLanguage is set to 'JSONata', but field 'InputPath' is only supported for the "
        "'JSONPath' QueryLanguage"}},
      {R"({"QueryLanguage": "JSONata", "StartAt": "S", "States": {
"S": {"Type": "Pass", "QueryLanguage": "JSONPath", "End": true}}})",
       {"2:6 /States/S SCHEMA_VALIDATION_FAILED 'QueryLanguage' can not be 'JSONPath' if set to "
        "'JSONata' for whole state machine"}},
      {Task(R"("Compensate": {}, "Priority": 3)"),
       {"3:1 /States/S SCHEMA_VALIDATION_FAILED Field 'Compensate' is not supported yet",
        "3:19 /States/S SCHEMA_VALIDATION_FAILED Field 'Priority' is not supported yet"}},
      {R"({"StartAt": "S", "States": {"S": []}})", {"1:34 /States/S"}},
  });
}

TEST(Faults, OfPathsAndTemplates) {
  Check({
      {OneState(
           R"("Type": "Pass", "End": true, "InputPath": null, "OutputPath": "$.a", "ResultPath": "$.b[0]")"),
       {}},
      {OneState(
           R"("Type": "Pass", "End": true, "InputPath": "x", "OutputPath": 1, "ResultPath": "$x")"),
       {"2:43 /States/S/InputPath SCHEMA_VALIDATION_FAILED The value for the field 'InputPath' "
        "must "
        "be a valid JSONPath: ",
        "2:62 /States/S/OutputPath SCHEMA_VALIDATION_FAILED",
        "2:79 /States/S/ResultPath SCHEMA_VALIDATION_FAILED Value is not a Reference Path"}},
      {OneState(R"("Type": "Pass", "End": true, "ResultPath": "$.a[*]")"),
       {"Value is not a Reference Path"}},
      // All faults of a template, each in its place.
      {OneState(R"~("Type": "Pass", "End": true, "Parameters": {"a.$": 1,
"b": [{"c.$": "nope", "d.$": "$.x", "e.$": "States.UUID()"}], "f": 1,
"f.$": "$.f"})~"),
       {"2:52 /States/S/Parameters/a.$ SCHEMA_VALIDATION_FAILED The value for the field 'a.$' must "
        "be a valid JSONPath or a valid intrinsic function call",
        "3:15 /States/S/Parameters/b/0/c.$ SCHEMA_VALIDATION_FAILED",
        "4:1 /States/S/Parameters/f.$ SCHEMA_VALIDATION_FAILED The fields 'f' and 'f.$'"}},
      {OneState(
           R"("Type": "Pass", "End": true, "Assign": {"1x": 1, "states.$": "$.a", "good": 2, "x y": 3})"),
       {"2:41 /States/S/Assign/1x SCHEMA_VALIDATION_FAILED '1x' is not a valid variable name",
        "2:50 /States/S/Assign/states.$ SCHEMA_VALIDATION_FAILED 'states' is a reserved name",
        "2:80 /States/S/Assign/x y SCHEMA_VALIDATION_FAILED 'x y' is not a valid"}},
  });
}

TEST(Faults, OfVariableScopes) {
  const auto machine = [](const std::string& inner, const std::string& catcher) {
    return R"({"StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "P"},
"P": {"Type": "Parallel", "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "A", "Assign": {")" +
           catcher + R"(": 1}}], "Branches": [{"StartAt": "B", "States": {
"B": {"Type": "Pass", "End": true, "Assign": {")" +
           inner + R"(": 2}}}}]}}})";
  };
  Check({{machine("y", "z"), {}},
         {machine("z", "z"), {}},  // the catcher comes after the end of the branch
         {machine("x", "z"),
          {"3:47 /States/P/Branches/0/States/B/Assign/x SCHEMA_VALIDATION_FAILED Variable 'x' is "
           "assigned in an outer scope"}}});
}

TEST(Faults, OfTasks) {
  Check({
      {OneState(R"("Type": "Task", "End": true)"), {"These fields are required: [Resource]"}},
      {OneState(R"("Type": "Task", "End": true, "Resource": "arn:aws:states:::dynamodb:query")"),
       {"2:42 /States/S/Resource SCHEMA_VALIDATION_FAILED The resource provided "
        "arn:aws:states:::dynamodb:query is not recognized. The value is not a valid resource ARN, "
        "or the resource is not available in this region."}},
      {OneState(R"("Type": "Task", "End": true, "Resource": "module:add")"),
       {"2:42 /States/S/Resource"}},
      {Task(R"("TimeoutSeconds": 5, "HeartbeatSeconds": 5)"),
       {"3:42 /States/S/HeartbeatSeconds SCHEMA_VALIDATION_FAILED HeartbeatSeconds must be smaller "
        "than TimeoutSeconds"}},
      {Task(R"("TimeoutSeconds": 0, "HeartbeatSeconds": 100000000)"),
       {"Minimum value is 1", "Maximum value is 99999999"}},
      {Task(R"("TimeoutSeconds": 1.5)"), {"Expected an integer, but found a number"}},
      {Task(R"("TimeoutSeconds": 1, "TimeoutSecondsPath": "$.x")"),
       {"There should only be one of the following fields: [TimeoutSeconds, TimeoutSecondsPath]"}},
      {Task(R"("TimeoutSecondsPath": "$.x", "HeartbeatSecondsPath": "$y")"), {}},
      {Task(R"("TimeoutSecondsPath": "$.x[*]")"), {"Value is not a Reference Path"}},
      {Task(R"("Credentials": {})"),
       {"3:16 /States/S/Credentials SCHEMA_VALIDATION_FAILED The "
        "field 'RoleArn' is required but was missing"}},
      {Task(R"("Credentials": {"RoleArn.$": "$.role"})"), {}},
      {Task(R"("Credentials": {"RoleArn": "x", "Other": 1})"), {"Field 'Other' is not supported"}},
      {Task(R"("Credentials": null)"), {"Expected an object, but found null"}},
  });
  Check({{OneState(R"("Type": "Task", "End": true, "Resource": "module:add")"), {}},
         {OneState(R"("Type": "Task", "End": true, "Resource": "module")"), {"/Resource"}}},
        {.resources = Resources::kAnyUri});
}

TEST(Faults, OfExpressWorkflows) {
  const auto task = [](const std::string& resource) {
    return OneState(R"("Type": "Task", "End": true, "Resource": ")" + resource + "\"");
  };
  Check({{task("arn:aws:states:::states:startExecution.sync"),
          {"/States/S/Resource SCHEMA_VALIDATION_FAILED Express state machine does not support "
           "'.sync' service integration"}},
         {task("worker:w.waitForTaskToken"),
          {"Express state machine does not support '.waitForTaskToken' service integration "}},
         {task("arn:aws:states:us-east-1:123456789012:activity:a"),
          {"Express state machine does not support Activity ARN"}},
         {task("arn:aws:states:::states:startExecution"), {}}},
        {.type = WorkflowType::kExpress});
}

TEST(Faults, OfRetryAndCatch) {
  Check({
      {Task(
           R"("Retry": [{"ErrorEquals": ["A"], "MaxAttempts": -1, "IntervalSeconds": 0, "BackoffRate": 0.5,
"MaxDelaySeconds": 31622401, "JitterStrategy": "full", "Other": 1}, {}, 1])"),
       {"3:49 /States/S/Retry/0/MaxAttempts SCHEMA_VALIDATION_FAILED Minimum value is 0",
        "3:72 /States/S/Retry/0/IntervalSeconds SCHEMA_VALIDATION_FAILED Minimum value is 1",
        "3:90 /States/S/Retry/0/BackoffRate SCHEMA_VALIDATION_FAILED Minimum value is 1.0",
        "4:20 /States/S/Retry/0/MaxDelaySeconds SCHEMA_VALIDATION_FAILED Maximum value is 31622400",
        "4:48 /States/S/Retry/0/JitterStrategy SCHEMA_VALIDATION_FAILED Value is not one of the "
        "following: [FULL, NONE]",
        "4:56 /States/S/Retry/0 SCHEMA_VALIDATION_FAILED Field 'Other' is not supported",
        "4:69 /States/S/Retry/1 SCHEMA_VALIDATION_FAILED These fields are required: [ErrorEquals]",
        "4:73 /States/S/Retry/2 SCHEMA_VALIDATION_FAILED Expected an object"}},
      {Task(R"("Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["A", "States.ALL"]}])"),
       {"3:28 /States/S/Retry/0/ErrorEquals/0 SCHEMA_VALIDATION_FAILED States.ALL must be in the "
        "last element of Retry",
        "3:66 /States/S/Retry/1/ErrorEquals/1 SCHEMA_VALIDATION_FAILED States.ALL must appear "
        "alone "
        "in ErrorEquals"}},
      {Task(R"("Retry": [{"ErrorEquals": []}, {"ErrorEquals": [1]}])"),
       {"Field 'ErrorEquals' must not be empty", "Expected a string"}},
      {Task(R"("Retry": [{"ErrorEquals": ["A"], "MaxAttempts": 100000000}])"),
       {"Maximum value is 99999999"}},
      {Task(
           R"("Catch": [{"ErrorEquals": ["A"]}, {"ErrorEquals": ["B"], "Next": "X", "Output": 1, "ResultPath": "x"}])"),
       {"3:11 /States/S/Catch/0 SCHEMA_VALIDATION_FAILED These fields are required: [Next]",
        "3:66 /States/S/Catch/1/Next MISSING_TRANSITION_TARGET Missing 'Next' target: X",
        "3:71 /States/S/Catch/1 SCHEMA_VALIDATION_FAILED The QueryLanguage is set to 'JSONPath'",
        "/States/S/Catch/1/ResultPath SCHEMA_VALIDATION_FAILED Value is not a Reference Path"}},
  });
}

TEST(Faults, OfChoices) {
  Check({
      {OneState(R"("Type": "Choice", "Choices": [], "Default": "S")"),
       {"Field 'Choices' must not be empty"}},
      {Choice(R"({"Variable": "$.a", "StringEquals": "x"})"),
       {"2:1 /States/C/Choices/0 SCHEMA_VALIDATION_FAILED These fields are required: [Next]"}},
      {Choice(R"({"Variable": "$.a", "StringEquals": 1, "Next": "E"})"), {"2:37 "}},
      {Choice(R"({"Variable": "$.a", "NumericEquals": "1", "Next": "E"})"), {"Expected a number"}},
      {Choice(R"({"Variable": "$.a", "BooleanEquals": 1, "Next": "E"})"), {"Expected a boolean"}},
      {Choice(R"({"Variable": "$.a", "IsNull": 1, "Next": "E"})"), {"Expected a boolean"}},
      {Choice(R"({"Variable": "$.a", "TimestampEquals": "today", "Next": "E"})"),
       {"String does not match RFC3339 timestamp"}},
      {Choice(R"({"Variable": "$.a", "StringEqualsPath": "b", "Next": "E"})"),
       {"2:41 /States/C/Choices/0/StringEqualsPath"}},
      {Choice(R"~({"Variable": "States.UUID()", "StringEquals": "b", "Next": "E"})~"),
       {"2:14 /States/C/Choices/0/Variable"}},
      {Choice(R"({"StringEquals": "b", "Next": "E"})"), {"These fields are required: [Variable]"}},
      {Choice(R"({"Variable": "$.a", "Next": "E"})"), {"needs one comparison operator"}},
      {Choice(R"({"Variable": "$.a", "IsNull": true, "StringEquals": "", "Next": "E"})"),
       {"There should only be one of the following fields: [IsNull, StringEquals]"}},
      {Choice(R"({"Variable": "$.a", "StringLike": "b", "Next": "E"})"),
       {"needs one comparison operator", "Field 'StringLike' is not supported"}},
      {Choice(
           R"({"Not": {"And": [{"Or": []}, {"Variable": "$.a", "IsNull": true, "Next": "E"}, 1]}, "Next": "E"})"),
       {"2:25 /States/C/Choices/0/Not/And/0/Or SCHEMA_VALIDATION_FAILED Field 'Or' must not be "
        "empty",
        "2:66 /States/C/Choices/0/Not/And/1 SCHEMA_VALIDATION_FAILED Field 'Next' is not supported",
        "2:80 /States/C/Choices/0/Not/And/2 SCHEMA_VALIDATION_FAILED Expected an object"}},
      {Choice(R"({"Condition": true, "Next": "E"})"),
       {"2:1 ",
        "2:2 /States/C/Choices/0 SCHEMA_VALIDATION_FAILED The QueryLanguage is set to "
        "'JSONPath', but field 'Condition'"}},
      {OneState(
           R"("Type": "Choice", "Choices": [{"Variable": "$", "IsNull": true, "Next": "S"}], "End": true)"),
       {"MISSING_END_STATE", "Field 'End' is not supported"}},
  });
}

TEST(Faults, OfWaitAndFail) {
  Check({
      {OneState(R"("Type": "Wait", "End": true)"),
       {"There should be one of the following fields: [Seconds, SecondsPath, Timestamp, "
        "TimestampPath]"}},
      {OneState(R"("Type": "Wait", "End": true, "Seconds": 1, "TimestampPath": "$.t")"),
       {"There should only be one of the following fields: [Seconds, TimestampPath]"}},
      {OneState(R"("Type": "Wait", "End": true, "Seconds": -1)"), {"Minimum value is 0"}},
      {OneState(R"("Type": "Wait", "End": true, "Seconds": "{% 1 %}")"), {"Expected an integer"}},
      {OneState(R"("Type": "Wait", "End": true, "Timestamp": "2016-13-05T21:29:29Z")"),
       {"2:43 /States/S/Timestamp SCHEMA_VALIDATION_FAILED String does not match RFC3339 "
        "timestamp"}},
      {OneState(R"("Type": "Fail", "Error": 1, "Cause": "c", "CausePath": "$.c")"),
       {"There should only be one of the following fields: [Cause, CausePath]",
        "2:26 /States/S/Error SCHEMA_VALIDATION_FAILED Expected a string"}},
      {OneState(R"~("Type": "Fail", "ErrorPath": "Error", "CausePath": "States.MathAdd(1, 2)")~"),
       {"/States/S/ErrorPath", "must be a function that returns a string"}},
      {OneState(R"~("Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('{}', $.c)")~"),
       {}},
      {OneState(R"("Type": "Fail", "End": true)"), {"Field 'End' is not supported"}},
  });
}

TEST(Faults, OfMaps) {
  Check({
      {OneState(R"("Type": "Map", "End": true)"), {"These fields are required: [ItemProcessor]"}},
      {Map(R"("Iterator": {"StartAt": "Q", "States": {"Q": {"Type": "Succeed"}}})"),
       {"There should only be one of the following fields: [ItemProcessor, Iterator]"}},
      {Map(R"("Parameters": {}, "ItemSelector": {})"),
       {"There should only be one of the following fields: [ItemSelector, Parameters]"}},
      {Map(R"("ItemsPath": "x", "MaxConcurrency": -1, "ToleratedFailurePercentage": 100.5, "ToleratedFailureCount": -1)"),
       {"2:14 /States/M/ItemsPath", "Minimum value is 0", "Maximum value is 100.0",
        "Minimum value is 0"}},
      {Map(R"("Label": "a b")"), {"2:10 /States/M/Label INVALID_LABEL_NAME"}},
      {Map(R"("Label": "")"), {"Label cannot be empty"}},
      {Map(R"("ItemReader": {"Parameters": {}, "ReaderConfig": {"InputType": "XML", "MaxItems": 100000001, "CSVHeaderLocation": "GIVEN"}})"),
       {"2:15 /States/M/ItemReader SCHEMA_VALIDATION_FAILED These fields are required: [Resource]",
        "These fields are required: [CSVHeaders]", "Value is not one of the following: [CSV",
        "Maximum value is 100000000"}},
      {Map(R"("ItemBatcher": {"BatchInput": {}})"),
       {"There should be one of the following fields: [MaxItemsPerBatch, MaxInputBytesPerBatch]"}},
      {Map(R"("ResultWriter": {"WriterConfig": {}})"), {"These fields are required: [OutputType]"}},
      {Map(R"("ResultWriter": {})"), {"These fields are required: [Resource]"}},
      {OneState(
           R"("Type": "Map", "End": true, "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE", "ExecutionType": "EXPRESS"},
"StartAt": "Q", "QueryLanguage": "JSONata", "States": {"Q": {"Type": "Succeed"}}})"),
       {"2:85 /States/S/ItemProcessor/ProcessorConfig SCHEMA_VALIDATION_FAILED Field "
        "'ExecutionType' is not supported",
        "3:17 /States/S/ItemProcessor SCHEMA_VALIDATION_FAILED Field 'QueryLanguage' is not "
        "supported"}},
  });
}

TEST(Faults, OfJsonataStates) {
  const auto jsonata = [](const std::string& fields) {
    return OneState(R"("QueryLanguage": "JSONata", )" + fields);
  };
  Check({
      {jsonata(R"("Type": "Pass", "End": true, "Output": {"a": [1, "5 % {% 2 %}"]})"), {}},
      {jsonata(R"("Type": "Pass", "End": true, "Output": {"a": ["{% 1 %}", "{% 1 + %}"]})"),
       {"2:86 /States/S/Output/a/1 INVALID_JSONATA_EXPRESSION Unexpected end of expression"}},
      {jsonata(R"("Type": "Pass", "End": true, "Output": {"a": "{% a.b %}", "b": "{% $ %}"})"),
       {"2:74 /States/S/Output/a UNSUPPORTED_JSONATA_EXPRESSION Reference to 'a' at the top level "
        "is not supported.",
        "UNSUPPORTED_JSONATA_EXPRESSION Reference to '$' at the top level is not supported."}},
      {jsonata(
           R"("Type": "Pass", "End": true, "Assign": {"x": "{% 2", "y": "3 %}", "z": " {% 4 %}"})"),
       {"/States/S/Assign/x INVALID_JSONATA_EXPRESSION"}},
      {jsonata(R"("Type": "Wait", "End": true, "Seconds": "{% 1 %}")"), {}},
      {jsonata(R"("Type": "Wait", "End": true, "SecondsPath": "$.x")"),
       {"field 'SecondsPath' is only supported for the 'JSONPath'"}},
      {R"({"QueryLanguage": "JSONata", "StartAt": "C", "States": {"E": {"Type": "Succeed"},
"C": {"Type": "Choice", "Default": "E", "Choices": [{"Condition": "x", "Next": "E"},
{"Condition": true, "Next": "E", "Output": 1}, {"Next": "E"}]}}})",
       {"2:67 /States/C/Choices/0/Condition SCHEMA_VALIDATION_FAILED Condition must be a boolean "
        "or "
        "a JSONata expression",
        "3:48 /States/C/Choices/2 SCHEMA_VALIDATION_FAILED These fields are required: "
        "[Condition]"}},
      {Map(R"("QueryLanguage": "JSONata", "Items": "x", "Parameters": {})"),
       {"Items must be an array, an object or a JSONata expression",
        "field 'Parameters' is only supported for the 'JSONPath' QueryLanguage"}},
  });
}

TEST(Faults, NameLocationsAsAwsDoes) {
  EXPECT_EQ(AwsLocation({"", 1, 1}), "/");
  EXPECT_EQ(AwsLocation({"/States/P/Branches/0/States/0/Retry/1", 1, 1}),
            "/States/P/Branches[0]/States/0/Retry[1]");
  EXPECT_EQ(AwsLocation({"/States/a~1b~0", 1, 1}), "/States/a/b~");
}

TEST(Faults, AreBoundedInNumber) {
  std::string text = R"({"StartAt": "S", "States": {"S": {"Type": "Pass", "End": true)";
  for (int i = 0; i < 5000; ++i) text += ", \"x" + std::to_string(i) + "\": 1";
  EXPECT_EQ(ParseWorkflow(text + "}}}").faults.size(), 1000u);
}

}  // namespace
}  // namespace segue::language

"""Writes the .shapes files of this folder from botocore's service models.

    pip install botocore==1.41.3    # of the days in which the conformance cases were recorded
    python3 generate.py

TestState holds mocked results against them. A file has one shape a line:

    operation NAME OUTPUT
    structure NAME MEMBER:SHAPE ...     a member that must be there begins with `*`
    list NAME SHAPE
    map NAME SHAPE
    integer NAME MIN MAX                `-`: none
    float NAME MIN MAX
    enum NAME VALUE|VALUE|...

`string`, `integer`, `float`, `boolean` and `any` are shapes that say no more. Members are named as
Step Functions names them: with a capital.
"""

import pathlib

import botocore
import botocore.session

# Services by the name that a Resource has for them (arn:aws:states:::NAME:... or aws-sdk:NAME:...)
# with botocore's name, and the operations: None for all.
SERVICES = {
    "athena": ("athena", None),
    "batch": ("batch", None),
    "cloudwatch": ("cloudwatch", None),
    "cloudwatchlogs": ("logs", None),
    "codebuild": ("codebuild", None),
    "databrew": ("databrew", None),
    "dynamodb": ("dynamodb", None),
    "ecs": ("ecs", None),
    "eks": ("eks", None),
    "elasticmapreduce": ("emr", None),
    "emr-containers": ("emr-containers", None),
    "emr-serverless": ("emr-serverless", None),
    "events": ("events", None),
    "firehose": ("firehose", None),
    "glue": ("glue", {
        "BatchStopJobRun", "GetCrawler", "GetDatabase", "GetJobRun", "GetJobRuns", "GetPartitions",
        "GetTable", "GetTables", "GetWorkflowRun", "StartCrawler", "StartJobRun",
        "StartWorkflowRun", "UpdateTable",
    }),
    "kinesis": ("kinesis", None),
    "kms": ("kms", None),
    "lambda": ("lambda", None),
    "polly": ("polly", None),
    "rdsdata": ("rds-data", None),
    "redshiftdata": ("redshift-data", None),
    "s3": ("s3", None),
    "sagemaker": ("sagemaker", {
        "CreateEndpoint", "CreateEndpointConfig", "CreateHyperParameterTuningJob",
        "CreateLabelingJob", "CreateModel", "CreateProcessingJob", "CreateTrainingJob",
        "CreateTransformJob", "UpdateEndpoint",
    }),
    "scheduler": ("scheduler", None),
    "secretsmanager": ("secretsmanager", None),
    "ses": ("ses", None),
    "sns": ("sns", None),
    "sqs": ("sqs", None),
    "ssm": ("ssm", {
        "DescribeInstanceInformation", "GetAutomationExecution", "GetCommandInvocation",
        "GetParameter", "GetParameters", "GetParametersByPath", "PutParameter", "SendCommand",
        "StartAutomationExecution",
    }),
    "states": ("stepfunctions", None),
    "sts": ("sts", None),
    "textract": ("textract", None),
    "transcribe": ("transcribe", None),
    "translate": ("translate", None),
}  # fmt: skip
PLAIN = {
    "string": "string", "timestamp": "string", "blob": "string", "char": "string",
    "integer": "integer", "long": "integer", "float": "float", "double": "float",
    "boolean": "boolean",
}  # fmt: skip
HEADER = """\
# Output shapes of {service}, for TestState's mocks. Made by generate.py from botocore {version}'s
# service model (Copyright Amazon.com, Inc. or its affiliates; Apache License 2.0). Do not edit.
"""


def capital(name):
    return name[:1].upper() + name[1:]


def bounds(shape):
    low, high = (shape.metadata.get(key, "-") for key in ("min", "max"))
    return None if (low, high) == ("-", "-") else f"{low} {high}"


class Writer:
    def __init__(self):
        self.lines, self.seen = [], set()

    def reference(self, shape):
        """The name by which a line names the shape; its own line, where it has one, is written."""
        if getattr(shape, "is_document_type", False):
            return "any"
        kind = shape.type_name
        if kind in ("structure", "list", "map"):
            self.write(shape)
            return shape.name
        if kind == "string" and shape.enum:
            return self.own_line(shape, "enum", "|".join(shape.enum))
        plain = PLAIN[kind]
        if plain in ("integer", "float") and bounds(shape):
            return self.own_line(shape, plain, bounds(shape))
        return plain

    def own_line(self, shape, kind, rest):
        if shape.name not in self.seen:
            self.seen.add(shape.name)
            self.lines.append(f"{kind} {shape.name} {rest}")
        return shape.name

    def write(self, shape):
        if shape.name in self.seen:
            return
        self.seen.add(shape.name)
        if shape.type_name == "list":
            rest = self.reference(shape.member)
        elif shape.type_name == "map":
            rest = self.reference(shape.value)
        else:
            rest = " ".join(
                ("*" if name in shape.required_members else "")
                + f"{capital(name)}:{self.reference(member)}"
                for name, member in shape.members.items()
            )
        self.lines.append(f"{shape.type_name} {shape.name} {rest}".rstrip())


def main():
    session = botocore.session.Session()
    for service, (botocore_name, operations) in SERVICES.items():
        model = session.get_service_model(botocore_name)
        writer, heads = Writer(), []
        for name in model.operation_names:
            operation = model.operation_model(name)
            output = operation.output_shape
            if not output or operation.has_event_stream_output:
                continue
            if operations and name not in operations:
                continue
            heads.append(f"operation {name} {output.name}")
            writer.write(output)
        path = pathlib.Path(__file__).parent / f"{service}.shapes"
        head = HEADER.format(service=service, version=botocore.__version__)
        path.write_text(head + "\n".join(heads + sorted(writer.lines)) + "\n")


if __name__ == "__main__":
    main()

# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""Distributed Maps: each item, or batch of items, is an execution of its own.

ITEMS (2000) says how many the crash test runs over.
"""

import json
import os
import time

from support.client import CANCELLED, FAILED, RUNNING, SUCCEEDED, machine, task

ITEMS = int(os.environ.get("ITEMS", "2000"))


def distributed(processor, **fields):
    config = {"Mode": "DISTRIBUTED", "ExecutionType": fields.pop("child_type", "STANDARD")}
    state = {"Type": "Map", "End": True,
             "ItemProcessor": {"ProcessorConfig": config, **processor}, **fields}
    return machine("M", M=state)


def passing():
    return machine("P", P={"Type": "Pass", "End": True})


def failing_on_odd():
    choice = {"Type": "Choice", "Default": "Good",
              "Choices": [{"Variable": "$.odd", "BooleanEquals": True, "Next": "Bad"}]}
    return machine("C", C=choice, Good={"Type": "Pass", "End": True},
                   Bad={"Type": "Fail", "Error": "Odd"})


def test_every_item_is_an_execution(world):
    for child_type in ("STANDARD", "EXPRESS"):
        ended = world.client.run(distributed(passing(), child_type=child_type), list(range(50)))
        assert ended.status == SUCCEEDED, ended
        assert json.loads(ended.output) == list(range(50))
        history = [event.type for event in world.client.history(ended.execution_id)]
        assert history == ["ExecutionStarted", "MapStateEntered", "MapStateStarted",
                           "MapRunStarted", "MapRunSucceeded", "MapStateSucceeded",
                           "MapStateExited", "ExecutionSucceeded"]


def test_an_empty_map_succeeds(world):
    assert world.client.run(distributed(passing()), []).output == "[]"


def test_items_go_through_the_selector_and_into_batches(world):
    selector = {"n.$": "$$.Map.Item.Value", "all.$": "$.name"}
    batcher = {"MaxItemsPerBatch": 2, "BatchInput": {"shared": 7}}
    ended = world.client.run(
        distributed(passing(), ItemsPath="$.items", ItemSelector=selector, ItemBatcher=batcher),
        {"name": "x", "items": [1, 2, 3]})
    assert json.loads(ended.output) == [
        {"BatchInput": {"shared": 7}, "Items": [{"n": 1, "all": "x"}, {"n": 2, "all": "x"}]},
        {"BatchInput": {"shared": 7}, "Items": [{"n": 3, "all": "x"}]}]


def test_failures_are_tolerated_as_far_as_said(world):
    items = [{"odd": n % 2 == 1} for n in range(10)]
    ended = world.client.run(distributed(failing_on_odd(), ToleratedFailurePercentage=50), items)
    assert ended.status == SUCCEEDED and len(json.loads(ended.output)) == 5
    ended = world.client.run(distributed(failing_on_odd(), ToleratedFailureCount=4), items)
    assert (ended.status, ended.error.error) == (
        FAILED, "States.ExceedToleratedFailureThreshold")


def test_a_cancel_ends_the_children(world):
    client = world.client
    sleep = machine("W", W={"Type": "Wait", "Seconds": 300, "End": True})
    execution = client.submit(distributed(sleep, MaxConcurrency=3), [1, 2, 3, 4])
    before = client.service("worker")  # any call: time passes until the children are there
    assert before.name == "worker"
    client.cancel(execution.execution_id)
    assert client.wait(execution.execution_id).status == CANCELLED


def reader(key, **config):
    return {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": config,
            "Parameters": {"Bucket": "in", "Key": key}}


def test_items_come_from_objects_and_results_go_to_them(new_world, tmp_path):
    bucket = tmp_path / "objects" / "in"
    bucket.mkdir(parents=True)
    (bucket / "a.json").write_text('{"rows": [1, 2, 3]}')
    (bucket / "a.jsonl").write_text('{"n": 1}\n{"n": 2}\n')
    (bucket / "a.csv").write_text('id,name\n1,"Smith, J"\n2,Doe\n')
    world = new_world(config={"objects": {"directory": str(tmp_path / "objects")}})
    rows = [
        (reader("a.json", InputType="JSON", ItemsPointer="/rows", MaxItems=2), [1, 2]),
        (reader("a.jsonl", InputType="JSONL"), [{"n": 1}, {"n": 2}]),
        (reader("a.csv", InputType="CSV", CSVHeaderLocation="FIRST_ROW"),
         [{"id": "1", "name": "Smith, J"}, {"id": "2", "name": "Doe"}]),
    ]
    for item_reader, items in rows:
        ended = world.client.run(distributed(passing(), ItemReader=item_reader))
        assert ended.status == SUCCEEDED, ended.error
        assert json.loads(ended.output) == items
    listing = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": "in"}}
    ended = world.client.run(distributed(passing(), ItemReader=listing))
    assert [item["Key"] for item in json.loads(ended.output)] == ["a.csv", "a.json", "a.jsonl"]
    ended = world.client.run(distributed(passing(), ItemReader=reader("none", InputType="JSON")))
    assert ended.error.error == "States.ItemReaderFailed"

    writer = {"Resource": "arn:aws:states:::s3:putObject",
              "Parameters": {"Bucket": "out", "Prefix": "results"}}
    ended = world.client.run(distributed(passing(), ResultWriter=writer), [1, 2])
    assert ended.status == SUCCEEDED, ended.error
    details = json.loads(ended.output)["ResultWriterDetails"]
    manifest = json.loads((tmp_path / "objects" / "out" / details["Key"]).read_text())
    (entry,) = manifest["ResultFiles"]["SUCCEEDED"]
    results = json.loads((tmp_path / "objects" / "out" / entry["Key"]).read_text())
    assert sorted(result["Output"] for result in results) == ["1", "2"]


def test_a_run_goes_on_after_a_crash(new_world):
    world = new_world()
    client = world.client
    work = machine("T", T=task("worker:item"))
    # Two items wait for a worker, the rest pass: the crash comes while the run is at work.
    choice = {"Type": "Choice", "Default": "Pass",
              "Choices": [{"Variable": "$", "NumericLessThan": 2, "Next": "T"}]}
    processor = machine("C", C=choice, Pass={"Type": "Pass", "End": True}, **work["States"])
    execution = client.submit(distributed(processor, MaxConcurrency=50), list(range(ITEMS)))
    first = client.poll("item")
    world.server.kill()
    world.server.start()
    assert client.get(execution.execution_id).status == RUNNING
    tokens = {first.task_token}
    client.complete(first.task_token, json.loads(first.input))
    deadline = time.monotonic() + 60
    while len(tokens) < 2 and time.monotonic() < deadline:
        pulled = client.poll("item", seconds=5)
        if pulled and pulled.task_token not in tokens:
            tokens.add(pulled.task_token)
            client.complete(pulled.task_token, json.loads(pulled.input))
    ended = client.wait(execution.execution_id)
    assert ended.status == SUCCEEDED, ended.error
    assert json.loads(ended.output) == list(range(ITEMS))

# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""Items from and results to S3's object API, as a server of ours speaks it."""

import gzip
import json
import re
import select
import urllib.parse
from xml.sax.saxutils import escape

import pytest
from support.client import FAILED, RUNNING, SUCCEEDED, machine
from support.web import Answering, Web

PAGE = 2  # objects of a listing


class Handler(Answering):
    """Objects by "bucket/key" in `objects`; reads of /slow/... wait until the caller has gone."""

    def handle_any(self):
        if not self.path.startswith("/slow/"):
            super().handle_any()
            return
        self.read_hit()
        select.select([self.connection], [], [], 60)
        self.server.web.left()
        self.close_connection = True

    do_GET = do_PUT = handle_any

    def answer(self, hit):
        path, _, query = hit.path.partition("?")
        name = urllib.parse.unquote(path[1:])
        if hit.method == "PUT":
            self.server.web.objects[name] = hit.body
            return 200, b"", {}
        if query:
            return 200, self.listing(name, urllib.parse.parse_qs(query)), {}
        body = self.server.web.objects.get(name)
        return (404, b"<Error><Code>NoSuchKey</Code></Error>", {}) if body is None else (
            200, body, {})

    def listing(self, bucket, query):
        prefix, after = (query.get(name, [""])[0] for name in ("prefix", "continuation-token"))
        keys = sorted(name.partition("/")[2] for name in self.server.web.objects
                      if name.startswith(f"{bucket}/{prefix}"))
        rest = [key for key in keys if key > after]
        entries = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2024-02-03T04:05:06.000Z"
            f"</LastModified><ETag>&quot;e&quot;</ETag><Size>{len(key)}</Size></Contents>"
            for key in rest[:PAGE])
        more = (f"<NextContinuationToken>{escape(rest[PAGE - 1])}</NextContinuationToken>"
                if len(rest) > PAGE else "")
        return f"<?xml version='1.0'?><ListBucketResult>{more}{entries}</ListBucketResult>".encode()


@pytest.fixture(name="web")
def fixture_web():
    it = Web(Handler)
    it.objects = {}
    yield it
    it.stop()


@pytest.fixture(name="world")
def fixture_world(new_world, web):
    return new_world(config={"objects": {
        "endpoint": web.url, "region": "eu-central-1",
        "credentials": {"access_key_id": "AKID", "secret_access_key": "secret"}}})


def distributed(**fields):
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    processor = {"ProcessorConfig": config, **machine("P", P={"Type": "Pass", "End": True})}
    return machine("M", M={"Type": "Map", "End": True, "ItemProcessor": processor, **fields})


def reader(method, parameters, **config):
    return {"Resource": f"arn:aws:states:::s3:{method}", "Parameters": parameters,
            **({"ReaderConfig": config} if config else {})}


def read(world, key, **config):
    item_reader = reader("getObject", {"Bucket": "in", "Key": key}, **config)
    return world.client.run(distributed(ItemReader=item_reader))


def items(ended):
    assert ended.status == SUCCEEDED, ended.error
    return json.loads(ended.output)


def test_objects_are_read_by_their_names_and_signed(world, web):
    web.objects["in/a b/+1.json"] = b"[1,2]"
    assert items(read(world, "a b/+1.json", InputType="JSON")) == [1, 2]
    (hit,) = web.hits
    assert hit.path == "/in/a%20b/%2B1.json"
    assert re.match(r"AWS4-HMAC-SHA256 Credential=AKID/\d{8}/eu-central-1/s3/aws4_request, ",
                    hit.headers["authorization"])
    missing = read(world, "none.json", InputType="JSON")
    assert (missing.status, missing.error.error) == (FAILED, "States.ItemReaderFailed")
    assert "404" in missing.error.cause


def test_compressed_objects_are_read_as_if_they_were_not(world, web):
    web.objects["in/a.csv.gz"] = gzip.compress(b"id\n1\n") + gzip.compress(b"2\n")
    web.objects["in/a.jsonl.gz"] = gzip.compress(b"1\n2\n")
    web.objects["in/cut.gz"] = gzip.compress(b"1\n2\n")[:-3]
    assert items(read(world, "a.csv.gz", InputType="CSV", CSVHeaderLocation="FIRST_ROW")) == [
        {"id": "1"}, {"id": "2"}]
    assert items(read(world, "a.jsonl.gz", InputType="JSONL")) == [1, 2]
    assert read(world, "cut.gz", InputType="JSONL").error.error == "States.ItemReaderFailed"


def test_an_inventory_gives_what_its_files_hold(world, web):
    files = ["inventory/data/1.csv.gz", "inventory/data/2.csv.gz"]
    web.objects["in/inventory/manifest.json"] = json.dumps({
        "sourceBucket": "shop", "destinationBucket": "arn:aws:s3:::lists", "version": "2016-11-30",
        "fileFormat": "CSV", "fileSchema": "Bucket, Key, Size",
        "files": [{"key": key, "size": 1, "MD5checksum": "x"} for key in files]}).encode()
    for number, key in enumerate(files):
        rows = "".join(f'"shop","{number}/{row}","7"\n' for row in range(2))
        web.objects[f"lists/{key}"] = gzip.compress(rows.encode())
    read_items = items(read(world, "inventory/manifest.json", InputType="MANIFEST"))
    assert [item["Key"] for item in read_items] == ["0/0", "0/1", "1/0", "1/1"]
    assert read_items[0] == {"Bucket": "shop", "Key": "0/0", "Size": "7"}
    before = len(web.hits)
    few = items(read(world, "inventory/manifest.json", InputType="MANIFEST", MaxItems=1))
    assert (len(few), len(web.hits) - before) == (1, 2)  # the second file is not asked for
    del web.objects[f"lists/{files[1]}"]
    lost = read(world, "inventory/manifest.json", InputType="MANIFEST")
    assert lost.error.error == "States.ItemReaderFailed"


def test_a_list_of_files_says_how_to_read_them(world, web):
    web.objects["in/list.csv"] = b"s3://in/x/1\ns3://other/2\n"
    web.objects["in/x/1"] = b"1\n"
    web.objects["other/2"] = b"2\n3\n"
    assert items(read(world, "list.csv", InputType="JSONL", ManifestType="ATHENA_DATA")) == [
        1, 2, 3]


def test_a_listing_is_read_page_by_page(world, web):
    for key in ("a/1", "a/2", "a/3", "a/<4>", "a/5", "b/6"):
        web.objects[f"in/{key}"] = b""
    listing = reader("listObjectsV2", {"Bucket": "in", "Prefix": "a/"})
    listed = items(world.client.run(distributed(ItemReader=listing)))
    assert [item["Key"] for item in listed] == ["a/1", "a/2", "a/3", "a/5", "a/<4>"]
    assert listed[0] == {"Etag": '"e"', "Key": "a/1", "LastModified": 1706933106, "Size": 3,
                         "StorageClass": "STANDARD"}
    assert len(web.hits) == 3


def test_results_are_written(world, web):
    writer = {"Resource": "arn:aws:states:::s3:putObject",
              "Parameters": {"Bucket": "out", "Prefix": "run"},
              "WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSONL"}}
    done = items(world.client.run(distributed(ResultWriter=writer), [1, 2]))
    details = done["ResultWriterDetails"]
    manifest = json.loads(web.objects[f"out/{details['Key']}"])
    (entry,) = manifest["ResultFiles"]["SUCCEEDED"]
    assert sorted(web.objects[f"out/{entry['Key']}"].split()) == [b"1", b"2"]


def test_a_server_that_stops_does_not_wait_for_an_object(world, web):
    slow = reader("getObject", {"Bucket": "slow", "Key": "a"}, InputType="JSON")
    execution = world.client.submit(distributed(ItemReader=slow))
    web.wait_until(lambda: len(web.hits) == 1)
    assert world.server.stop(timeout=20) == 0
    web.wait_until(lambda: web.gone == 1)
    world.server.start()
    web.wait_until(lambda: len(web.hits) == 2)  # the next server asks again
    assert world.client.get(execution.execution_id).status == RUNNING

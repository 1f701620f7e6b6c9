"""limits.py FUZZER FOLDER: writes seeds at the limits of what FUZZER is given, just below and just
above: deep, long, many. run.sh makes them anew for each run, as they are large and say little."""

import json
import pathlib
import sys

# Deeper than any limit, and wider: in a document of some 10 KB.
DEEP = "[" * 120 + "]" * 120
WIDE = "[" + ",".join(["[]"] * 10_000) + "]"
LONG = '"' + "x" * 20_000 + '"'


def pass_state(result):
    return '{"StartAt":"A","States":{"A":{"Type":"Pass","Result":%s,"End":true}}}' % result


def nested(depth, inner=""):
    return "[" * depth + inner + "]" * depth


def aliases(levels):
    """YAML of 10^levels values: each alias stands for all below it."""
    line = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"
    rest = ["a%d: &a%d [%s]" % (i, i, ", ".join(["*a%d" % (i - 1)] * 10)) for i in range(1, levels)]
    return "\n".join([line, *rest]) + "\n"


def definitions():
    for name, depth in {"deep_below": 64, "deep_above": 65, "deep_far_above": 2000}.items():
        yield name, "j" + pass_state(nested(depth - 3))  # the state stands in three objects
    yield "deep_yaml", "y" + "a: " + nested(2000) + "\n"
    for name, size in {"long_below": 32_768, "long_above": 32_769}.items():
        yield name, "j" + pass_state('"' + "x" * (size - len(pass_state('""'))) + '"')
    for name, size in {"name_below": 80, "name_above": 81}.items():
        yield name, 'j{"StartAt":"%s","States":{"%s":{"Type":"Succeed"}}}' % (("n" * size,) * 2)
    for name, count in {"faults_below": 900, "faults_above": 1100}.items():
        states = ",".join('"%d":{"Type":"X"}' % i for i in range(count))
        yield name, 'j{"StartAt":"A","States":{%s}}' % states
    for name, levels in {"aliases_below": 5, "aliases_above": 10}.items():
        states = "StartAt: A\nStates: {A: {Type: Succeed}}\n"
        yield name, "y" + states + aliases(levels)


def configs():
    yield "deep", "services: " + nested(5000) + "\n"
    yield "deep_maps", "grpc: " + "{tls: " * 5000 + "1" + "}" * 5000 + "\n"
    yield "aliases", aliases(12)
    services = ["  - {name: s%d, grpc: {address: 'h:1'}}\n" % i for i in range(1200)]
    yield "many", "services:\n" + "".join(services)


def jsonata():
    expressions = {
        "deep_below": nested(190, "1"),
        "deep_above": nested(210, "1"),
        "deep_far_above": nested(30_000, "1"),
        "negations": "-" * 20_000 + "1",
        "sum_below": "+".join(["1"] * 700),
        "sum_above": "+".join(["1"] * 900),
        "sum_far_above": "+".join(["1"] * 20_000),
        "steps_below": "$sum([1..10000])",
        "steps_above": "[1..300000].($ + 1)",
        "result_below": "[1..1000]",
        "result_above": "[1..9000000]",
        "result_of_one_value": '$reduce([1..40], function($a, $x){{"a": $a, "b": $a}}, 1)',
        "texts_of_one_value": '($s := $pad("", 20000); [1..2000].$s)',
        "text_of_one_value": "$string($reduce([1..40], function($a, $x){[[$a, $a]]}, 1))",
        "text_above": '$reduce([1..60], function($a, $x){$a & $a}, "x")',
        "pad_above": '$pad("", 1e9)',
        "value_deep": "$reduce([1..100000], function($a, $x){[[$a, 0]]}, 0)",
        "recursion": "($f := function($n){1 + $f($n + 1)}; $f(1))",
        "loop": "($f := function($n){$f($n + 1)}; $f(1))",
        "pattern": '$contains($pad("", 5000, "a"), /(a+)+b/)',
    }
    for name, expression in expressions.items():
        yield name, expression + "\n%%\n1"


def json_paths():
    paths = {
        "scans_below": ("$..*", DEEP),
        "scans_above": ("$..*..*..*..*", DEEP),
        "steps_below": ("$" + ".a" * 256, "{}"),
        "steps_above": ("$" + ".a" * 257, "{}"),
        "steps_far_above": ("$" + "[*]" * 20_000, DEEP),
        "many": ("$[*]", WIDE),
        "filters_below": ("$" + "[?(@" * 15 + ".a" + ")]" * 15, "[[1]]"),
        "filters_above": ("$" + "[?(@" * 17 + ".a" + ")]" * 17, "[[1]]"),
        "filters_far_above": ("$" + "[?(@" * 3000 + ".a" + ")]" * 3000, "[[1]]"),
        "negations": ("$[?(" + "!(" * 3000 + "@.a" + ")" * 3000 + ")]", "[1]"),
        "filters_of_scans": ("$..[?(@..[?(@..[?(@..a)])])]", WIDE),
    }
    for name, (path, document) in paths.items():
        yield name, path + "\n%%\n" + document


def template(expression, count):
    return json.dumps({"%d.$" % i: expression for i in range(count)})


def intrinsics():
    calls = {
        "deep_below": ("States.Array(" * 10 + ")" * 10, "1"),
        "deep_above": ("States.Array(" * 11 + ")" * 11, "1"),
        "deep_far_above": ("States.Array(" * 4000 + ")" * 4000, "1"),
        "range_below": ("States.ArrayRange(1, 1000, 1)", "1"),
        "range_above": ("States.ArrayRange(1, 1001, 1)", "1"),
        "range_far_above": ("States.ArrayRange(1, 1000000000, 1)", "1"),
        "base64_below": ("States.Base64Encode($)", '"' + "x" * 10_000 + '"'),
        "base64_above": ("States.Base64Encode($)", '"' + "x" * 10_001 + '"'),
        "format_below": ("States.Format('%s'%s)" % ("{}" * 100, ", $" * 100), LONG),
        "format_above": ("States.Format('%s'%s)" % ("{}" * 8000, ", $" * 8000), LONG),
        "texts_above": (template("States.JsonToString($)", 1100), LONG),
        "values_above": (template("States.StringToJson($)", 1000), '"[' + "[]," * 6000 + '1]"'),
        "pieces_above": (template("States.StringSplit($, ',')", 1000), '"' + "x," * 9000 + '"'),
        "paths_above": (template("$..*", 1500), WIDE),
    }
    for name, (call, document) in calls.items():
        yield name, call + "\n%%\n" + document


SEEDS = {
    "definition": definitions,
    "config": configs,
    "jsonata": jsonata,
    "jsonpath": json_paths,
    "intrinsics": intrinsics,
}


def main():
    fuzzer, folder = sys.argv[1:]
    for name, seed in SEEDS.get(fuzzer, lambda: ())():
        pathlib.Path(folder, name).write_text(seed, encoding="utf-8")


main()

#!/usr/bin/env python3
# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""Lines covered, by folder: coverage_by_folder.py ROOT <export.json

Reads what `llvm-cov export -summary-only` writes. Exits with 1 where one of HELD is below FLOOR.
"""

import collections
import json
import pathlib
import sys

FLOOR = 0.90
HELD = ("server/engine", "server/language", "server/scheduler", "server/store", "services/budget")
DEPTH = 2  # folders of a path that a row stands for


def rows(export, root):
    """{folder: [lines covered, lines]} of the sources below `root`."""
    totals = collections.defaultdict(lambda: [0, 0])
    for file in export["data"][0]["files"]:
        path = pathlib.Path(file["filename"]).relative_to(root)
        total = totals["/".join(path.parts[:DEPTH])]
        total[0] += file["summary"]["lines"]["covered"]
        total[1] += file["summary"]["lines"]["count"]
    return totals


def main(root):
    totals = rows(json.load(sys.stdin), root)
    low = [folder for folder in HELD if totals[folder][0] < FLOOR * max(totals[folder][1], 1)]
    for folder, (covered, lines) in sorted(totals.items()):
        mark = f"  held to {FLOOR:.0%}" if folder in HELD else ""
        print(f"{covered / lines:7.1%} {covered:7} of {lines:6} lines  {folder}{mark}")
    for folder in low:
        print(f"{folder} is below {FLOOR:.0%}: the report says what no test runs", file=sys.stderr)
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
